package import PaymentCore
import QueueKit
import WorldKit

extension Payments {
    /// The effect of a report about an operation.
    package enum Effect: Hashable, Sendable {
        case applied
        /// Received before.
        case duplicate
        /// Recorded, and without effect: why.
        case ignored(String)

        /// The word stored with the report.
        var text: String {
            switch self {
            case .applied: "applied"
            case .duplicate: "duplicate"
            case .ignored(let reason): reason
            }
        }
    }

    /// Applies what the payment system reports of an operation, by callback or when polled.
    ///
    /// One transaction applies the report and records it, and only if it is for the order's current `eda_order_id` and
    /// current operation; any other report is recorded and changes nothing, except that an orphaned hold is voided. A
    /// report that a clear or refund failed, or that does not follow from what is known, is only a hint: it stages a
    /// task that examines the invoice.
    /// - Parameter isConfirmed: whether the invoice was examined and does not contradict the report.
    @discardableResult
    package func apply(
        _ operation: PaymentOperation, invoiceID: String, actor: Actor = .transactions, isConfirmed: Bool = false
    ) async throws -> Effect {
        let now = services.world.now()
        guard operation.status.isFinal else { return .ignored("pending") }
        return try await services.store.write { transaction in
            guard
                let record = try transaction.operations.operation(
                    invoiceID: invoiceID, number: operation.number)
            else {
                // Each of our invoices has an operation 1.
                if let first = try transaction.operations.operation(invoiceID: invoiceID, number: 1) {
                    try transaction.stageComparison(of: operation, with: first, at: now)
                }
                return .ignored("unknown_operation")
            }
            if !isConfirmed, Self.isHint(operation, of: record) {
                try transaction.stageComparison(of: operation, with: record, at: now)
                return .ignored("to_be_confirmed")
            }
            let isRepeated = try transaction.operations.deliveries(invoiceID: invoiceID, operation: operation) > 0
            let effect: Effect =
                try isRepeated
                ? .duplicate
                : Self.take(
                    operation, record: record, actor: actor, isConfirmed: isConfirmed, now: now, in: transaction)
            try transaction.operations.recordCallback(
                invoiceID: invoiceID, operation: operation, effect: effect.text, at: now)
            if case .ignored(let reason) = effect {
                try transaction.journal.append(
                    JournalEntry(
                        at: now, orderID: record.orderID, event: .callbackIgnored, actor: actor,
                        detail: Self.detail(operation, invoiceID: invoiceID).merging(["why": reason]) { $1 }))
            }
            return effect
        }
    }

    /// Whether a report says that money was not moved although it may have been: not a failed hold, after which a live
    /// one is voided, but a failed clear or refund.
    private static func isHint(_ operation: PaymentOperation, of record: OperationRecord) -> Bool {
        let known = record.operation
        return operation.kind != .hold && operation.status != .succeeded && known.status == .pending
            && known.kind == operation.kind && known.amount == operation.amount
    }

    private static func take(
        _ operation: PaymentOperation, record: OperationRecord, actor: Actor, isConfirmed: Bool, now: Instant,
        in transaction: StoreTransaction
    ) throws -> Effect {
        // A caller that has examined the invoice gets the contradiction and does not examine it again.
        func contradicts(_ reason: String) throws -> Effect {
            if !isConfirmed { try transaction.stageComparison(of: operation, with: record, at: now) }
            return .ignored(reason)
        }
        guard operation.kind == record.operation.kind, operation.amount == record.operation.amount else {
            return try contradicts("other_kind_or_amount")
        }
        guard operation.status != record.operation.status else { return .duplicate }
        var order = try transaction.order(record.orderID)
        let wasDecided = record.operation.status.isFinal
        let isRelease = Self.isRelease(operation, of: record, order)
        if !wasDecided || isRelease {
            try transaction.operations.setStatus(
                invoiceID: record.invoiceID, number: operation.number, to: operation.status, reason: operation.reason,
                at: now)
        }
        let isCurrent = order.edaOrderID == record.invoiceID && order.operation == operation.number
        switch operation.kind {
        case .hold where isCurrent && order.status == .holding:
            try takeHold(operation, of: &order, record: record, actor: actor, now: now, in: transaction)
        case .clear where isCurrent && order.status == .held:
            try takeClear(operation, of: &order, record: record, actor: actor, now: now, in: transaction)
        case .refund where !wasDecided:
            try takeRefund(operation, of: &order, record: record, actor: actor, now: now, in: transaction)
        case .hold where operation.status == .succeeded:
            try transaction.stageVoid(of: record, clientID: order.clientID, at: now)
            return .ignored("late_hold_of_former_attempt")
        case .hold where isRelease || record.operation.status != .succeeded:
            return .ignored("not_the_current_operation")
        case .hold, .clear, .refund:
            return try contradicts("contradicts_what_is_known")
        }
        return .applied
    }

    /// Whether a hold ceased to exist after it was decided; only an uncaptured hold can.
    private static func isRelease(_ operation: PaymentOperation, of record: OperationRecord, _ order: Order) -> Bool {
        guard operation.kind == .hold, operation.status == .lapsed || operation.status == .voided else { return false }
        return order.capturedAmount.isZero || order.edaOrderID != record.invoiceID
    }

    private static func takeHold(
        _ operation: PaymentOperation, of order: inout Order, record: OperationRecord, actor: Actor, now: Instant,
        in transaction: StoreTransaction
    ) throws {
        let detail = detail(operation, invoiceID: record.invoiceID)
        guard operation.status == .succeeded else {
            try transaction.move(
                &order, to: .holdFailed, event: .holdFailed, actor: actor, detail: detail, at: now)
            return
        }
        let clear = try transaction.operations.nextNumber(invoiceID: record.invoiceID)
        try transaction.move(&order, to: .held, event: .held, actor: actor, detail: detail, at: now) {
            $0.operation = clear
        }
        try transaction.operations.insert(
            OperationRecord(
                orderID: order.orderID, invoiceID: record.invoiceID, uid: record.uid,
                operation: PaymentOperation(number: clear, kind: .clear, amount: order.amount, status: .pending)),
            at: now)
        try transaction.balanceCashback(of: order, at: now)
        let job = SettleJob(
            orderID: order.orderID, invoiceID: record.invoiceID, number: operation.number, action: .pay)
        try transaction.tasks.wake(.paymentSettle, key: job.key, at: now)
    }

    private static func takeClear(
        _ operation: PaymentOperation, of order: inout Order, record: OperationRecord, actor: Actor, now: Instant,
        in transaction: StoreTransaction
    ) throws {
        let detail = detail(operation, invoiceID: record.invoiceID)
        if operation.status == .succeeded {
            try transaction.move(&order, to: .cleared, event: .cleared, actor: actor, detail: detail, at: now) {
                $0.capturedAmount = operation.amount
            }
            try transaction.stageDocument(
                of: order, operation: operation, kind: .payment, lines: try transaction.orders.lines(of: order), at: now
            )
        } else {
            try transaction.move(
                &order, to: .clearFailed, event: .clearFailed, actor: actor, detail: detail, at: now)
            try transaction.stageVoid(ofHoldBefore: record, clientID: order.clientID, at: now)
        }
        try transaction.balanceCashback(of: order, at: now)
        try transaction.wakePayment(of: order, invoiceID: record.invoiceID, at: now)
    }

    private static func takeRefund(
        _ operation: PaymentOperation, of order: inout Order, record: OperationRecord, actor: Actor, now: Instant,
        in transaction: StoreTransaction
    ) throws {
        let detail = detail(operation, invoiceID: record.invoiceID)
        guard operation.status == .succeeded else {
            try transaction.journal.append(
                JournalEntry(at: now, orderID: order.orderID, event: .refundFailed, actor: actor, detail: detail))
            return
        }
        let refunded = try order.refunded.adding(operation.amount)
        if refunded == order.capturedAmount {
            try transaction.move(&order, to: .refunded, event: .refunded, actor: actor, detail: detail, at: now) {
                $0.refunded = refunded
            }
        } else {
            let expected = order
            order.refunded = refunded
            order.updatedAt = now
            try transaction.move(order, from: expected)
            try transaction.journal.append(
                JournalEntry(at: now, orderID: order.orderID, event: .refunded, actor: actor, detail: detail))
        }
        try transaction.stageDocument(of: order, operation: operation, kind: .refund, lines: record.lines, at: now)
        try transaction.balanceCashback(of: order, at: now)
    }

    private static func detail(_ operation: PaymentOperation, invoiceID: String) -> [String: String] {
        var detail = [
            "invoice_id": invoiceID, "operation": "\(operation.number)", "kind": operation.kind.rawValue,
            "outcome": operation.status.rawValue, "amount": operation.amount.description,
        ]
        if let reason = operation.reason { detail["reason"] = reason }
        return detail
    }
}
