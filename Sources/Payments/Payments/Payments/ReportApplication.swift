package import PaymentCore
import QueueKit
import SQLKit
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

    /// A report's effect, and the order it left behind.
    package struct Applied: Sendable {
        package var effect: Effect
        /// The order of the invoice, as of the same transaction; nil for an invoice that is not ours, and for an
        /// operation that is not decided.
        package var order: Order?
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
    ) async throws -> Applied {
        let now = services.world.now()
        guard operation.status.isFinal else { return Applied(effect: .ignored("pending"), order: nil) }
        let (applied, isCounted) = try await services.store.write { transaction in
            guard let record = try transaction.operations.operation(invoiceID: invoiceID, number: operation.number)
            else {
                return (try Self.applyUnknown(operation, invoiceID: invoiceID, at: now, in: transaction), true)
            }
            var application = ReportApplication(
                operation: operation, record: record, actor: actor, isConfirmed: isConfirmed, now: now,
                transaction: transaction, order: try transaction.order(record.orderID))
            let effect = try application.run()
            return (Applied(effect: effect, order: application.order), application.isCounted)
        }
        if !isCounted {
            try await services.store.write(isolation: .statement) { transaction in
                try transaction.operations.recordCallback(
                    invoiceID: invoiceID, operation: operation, effect: applied.effect.text, at: now)
            }
        }
        return applied
    }

    /// A report about an operation that we never requested.
    private static func applyUnknown(
        _ operation: PaymentOperation, invoiceID: String, at now: Instant, in transaction: StoreTransaction
    ) throws -> Applied {
        let effect = Effect.ignored("unknown_operation")
        // Each of our invoices has an operation 1.
        guard let first = try transaction.operations.operation(invoiceID: invoiceID, number: 1) else {
            return Applied(effect: effect, order: nil)
        }
        let order = try transaction.order(first.orderID)
        try transaction.stageComparison(of: operation, with: first, clientID: order.clientID, at: now)
        return Applied(effect: effect, order: order)
    }
}

/// One report being applied to its order, within a transaction.
private struct ReportApplication {
    /// As reported; decided.
    let operation: PaymentOperation
    /// The same operation, as recorded.
    let record: OperationRecord
    let actor: Actor
    let isConfirmed: Bool
    let now: Instant
    let transaction: StoreTransaction
    var order: Order
    /// False for a repetition that is still to be counted, because concurrent ones would conflict over the counter.
    private(set) var isCounted = true

    mutating func run() throws -> Payments.Effect {
        if !isConfirmed, isHint {
            try stageComparison()
            return .ignored("to_be_confirmed")
        }
        let invoiceID = record.invoiceID
        let isRepeated = try transaction.operations.deliveries(invoiceID: invoiceID, operation: operation) > 0
        if isRepeated, !transaction.connection.dialect.hasOneWriter {
            isCounted = false
            return .duplicate
        }
        let effect = try isRepeated ? .duplicate : apply()
        try transaction.operations.recordCallback(
            invoiceID: invoiceID, operation: operation, effect: effect.text, at: now)
        if case .ignored(let reason) = effect {
            try append(.callbackIgnored, detail.merging(["why": reason]) { $1 })
        }
        return effect
    }

    /// Whether a report says that money was not moved although it may have been: not a failed hold, after which a live
    /// one is voided, but a failed clear or refund.
    private var isHint: Bool {
        let known = record.operation
        return operation.kind != .hold && operation.status != .succeeded && known.status == .pending
            && known.kind == operation.kind && known.amount == operation.amount
    }

    /// Whether a hold ceased to exist after it was decided; only an uncaptured hold can.
    private var isRelease: Bool {
        guard operation.kind == .hold, operation.status == .lapsed || operation.status == .voided else { return false }
        return order.capturedAmount.isZero || order.edaOrderID != record.invoiceID
    }

    private mutating func apply() throws -> Payments.Effect {
        guard operation.kind == record.operation.kind, operation.amount == record.operation.amount else {
            return try contradicts("other_kind_or_amount")
        }
        guard operation.status != record.operation.status else { return .duplicate }
        let wasDecided = record.operation.status.isFinal
        let isRelease = isRelease
        if !wasDecided || isRelease {
            try transaction.operations.setStatus(
                invoiceID: record.invoiceID, number: operation.number, to: operation.status, reason: operation.reason,
                at: now)
        }
        let isCurrent = order.edaOrderID == record.invoiceID && order.operation == operation.number
        switch operation.kind {
        case .hold where isCurrent && order.status == .holding: try applyHold()
        case .clear where isCurrent && order.status == .held: try applyClear()
        case .refund where !wasDecided: try applyRefund()
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

    /// A caller that has examined the invoice gets the contradiction and does not examine it again.
    private func contradicts(_ reason: String) throws -> Payments.Effect {
        if !isConfirmed { try stageComparison() }
        return .ignored(reason)
    }

    private mutating func applyHold() throws {
        guard operation.status == .succeeded else { return try move(to: .holdFailed, .holdFailed) }
        let clear = try transaction.operations.nextNumber(invoiceID: record.invoiceID)
        try move(to: .held, .held) { $0.operation = clear }
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

    private mutating func applyClear() throws {
        if operation.status == .succeeded {
            let amount = operation.amount
            try move(to: .cleared, .cleared) { $0.capturedAmount = amount }
            try transaction.stageDocument(
                of: order, operation: operation, kind: .payment, lines: try transaction.orders.lines(of: order), at: now
            )
        } else {
            try move(to: .clearFailed, .clearFailed)
            try transaction.stageVoid(ofHoldBefore: record, clientID: order.clientID, at: now)
        }
        try transaction.balanceCashback(of: order, at: now)
        try transaction.wakePayment(of: order, invoiceID: record.invoiceID, at: now)
    }

    private mutating func applyRefund() throws {
        guard operation.status == .succeeded else { return try append(.refundFailed, detail) }
        let refunded = try order.refunded.adding(operation.amount)
        if refunded == order.capturedAmount {
            try move(to: .refunded, .refunded) { $0.refunded = refunded }
        } else {
            let expected = order
            order.refunded = refunded
            order.updatedAt = now
            try transaction.move(order, from: expected)
            try append(.refunded, detail)
        }
        try transaction.stageDocument(of: order, operation: operation, kind: .refund, lines: record.lines, at: now)
        try transaction.balanceCashback(of: order, at: now)
    }

    // MARK: Parts

    private mutating func move(
        to status: OrderStatus, _ event: JournalEntry.Event, change: (inout Order) -> Void = { _ in }
    ) throws {
        try transaction.move(
            &order, to: status, event: event, actor: actor, detail: detail, at: now, change: change)
    }

    private func append(_ event: JournalEntry.Event, _ detail: [String: String]) throws {
        try transaction.journal.append(
            JournalEntry(at: now, orderID: record.orderID, event: event, actor: actor, detail: detail))
    }

    private func stageComparison() throws {
        try transaction.stageComparison(of: operation, with: record, clientID: order.clientID, at: now)
    }

    /// Of the journal entry.
    private var detail: [String: String] {
        var detail = [
            "invoice_id": record.invoiceID, "operation": "\(operation.number)", "kind": operation.kind.rawValue,
            "outcome": operation.status.rawValue, "amount": operation.amount.description,
        ]
        if let reason = operation.reason { detail["reason"] = reason }
        return detail
    }
}
