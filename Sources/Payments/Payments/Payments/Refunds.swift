import EncodingKit
package import PaymentCore
import WorldKit

extension Payments {
    package struct RefundRequest: Sendable {
        /// A part of one bill line.
        package struct Line: Hashable, Sendable {
            /// From 1, in the order of the bill.
            package var number: Int
            /// Nil for all that remains of the line.
            package var amount: Money?

            package init(number: Int, amount: Money? = nil) {
                self.number = number
                self.amount = amount
            }
        }

        package var orderID: String
        /// Nil for the sum of the lines, or, without lines, for all that remains.
        package var amount: Money?
        /// The refunded lines, which add up to the amount; empty for a refund by amount.
        package var lines: [Line]
        package var reason: String
        /// A request repeated with it is not a second refund; 1 to 200 visible ASCII characters, unique within the
        /// order.
        package var key: String?
        /// Whether it is intended as another refund although it looks like an earlier one.
        package var isAgain: Bool

        package init(
            orderID: String, amount: Money?, lines: [Line] = [], reason: String, key: String? = nil,
            isAgain: Bool = false
        ) {
            self.orderID = orderID
            self.amount = amount
            self.lines = lines
            self.reason = reason
            self.key = key
            self.isAgain = isAgain
        }
    }

    package struct RefundBegun: Sendable {
        package var order: Order
        package var operation: PaymentOperation
    }

    /// Reserves a part of the captured amount and stages its refund. Amounts reserved by other refunds are not
    /// available, of the total and of each line, so that concurrent refunds never exceed what was captured.
    /// - Throws: ``OrderError/refundRepeated(orderID:_:)`` for a request without a key that may repeat an earlier one:
    ///   its sender may have died before learning its outcome.
    package func refund(_ request: RefundRequest, actor: Actor) async throws -> RefundBegun {
        let now = services.world.now()
        let key = try request.requestKey
        return try await services.store.write { transaction in
            if let begun = try Self.refund(begunWith: key, in: transaction) { return begun }
            let order = try transaction.order(request.orderID)
            guard order.status == .cleared, let invoiceID = order.edaOrderID, let uid = order.uid else {
                throw OrderError.stateForbids(orderID: order.orderID, action: "refund", status: order.status)
            }
            let refunds = try Refunds(of: order, in: transaction)
            if key == nil, !request.isAgain, let earlier = try refunds.earlier(like: request, at: now, in: transaction)
            {
                throw OrderError.refundRepeated(orderID: order.orderID, earlier)
            }
            let parts = try refunds.parts(request.lines)
            let amount = try refunds.amount(request.amount, parts)
            let operation = PaymentOperation(
                number: try transaction.operations.nextNumber(invoiceID: invoiceID), kind: .refund, amount: amount,
                status: .pending)
            let lines = parts.isEmpty ? [BillLine(name: "Возврат по заказу", amount: amount)] : parts
            try transaction.keep(key, orderID: order.orderID, at: now)
            try transaction.operations.insert(
                OperationRecord(
                    orderID: order.orderID, invoiceID: invoiceID, uid: uid, operation: operation, lines: lines),
                at: now)
            var detail = [
                "invoice_id": invoiceID, "operation": "\(operation.number)", "amount": amount.description,
                "reason": request.reason,
            ]
            detail[Self.keyDetail] = request.key
            try transaction.journal.append(
                JournalEntry(at: now, orderID: order.orderID, event: .refundRequested, actor: actor, detail: detail))
            try transaction.tasks.enqueue(
                SettleJob(orderID: order.orderID, invoiceID: invoiceID, number: operation.number, action: .refund)
                    .request(clientID: order.clientID, dueAt: now),
                at: now)
            return RefundBegun(order: order, operation: operation)
        }
    }

    /// Where a refund's journal entry holds its idempotency key.
    private static let keyDetail = "idempotency_key"

    /// The current state of the refund that an earlier request with this key began.
    private static func refund(begunWith key: RequestKey?, in transaction: StoreTransaction) throws -> RefundBegun? {
        guard let key, let order = try transaction.order(of: key) else { return nil }
        let entry = try transaction.journal.entries(orderID: order.orderID).first {
            $0.event == .refundRequested && $0.detail[keyDetail] == key.key
        }
        guard let entry, let invoiceID = entry.detail["invoice_id"],
            let number = entry.detail["operation"].flatMap({ Int($0) }),
            let record = try transaction.operations.operation(invoiceID: invoiceID, number: number)
        else { return nil }
        return RefundBegun(order: order, operation: record.operation)
    }
}

extension Payments.RefundRequest {
    /// Nil without a key. Another reason does not make it another request.
    fileprivate var requestKey: RequestKey? {
        get throws {
            let asked = lines.map { "\($0.number)=\($0.amount?.description ?? "")" } + [amount?.description ?? ""]
            return try key.map {
                try RequestKey($0, scope: "refunds:\(orderID)", body: Array(asked.joined(separator: ";").utf8))
            }
        }
    }
}

/// The captured amount of an order, line by line, and how much of it is refunded or being refunded.
private struct Refunds {
    let order: Order
    let lines: [BillLine]
    /// Succeeded or pending refunds.
    let refunds: [OperationRecord]
    /// What those refunds return, line by line.
    let reserved: [BillLine]
    /// Of the total, whatever the lines.
    let available: Money

    init(of order: Order, in transaction: StoreTransaction) throws {
        self.order = order
        lines = try transaction.orders.lines(of: order)
        refunds = try transaction.operations.operations(orderID: order.orderID).filter {
            $0.operation.kind == .refund && ($0.operation.status == .pending || $0.operation.status == .succeeded)
        }
        reserved = refunds.flatMap(\.lines)
        let pending = refunds.filter { $0.operation.status == .pending }
            .reduce(Int64(0)) { $0.plus($1.operation.amount.minorUnits) }
        available = Money(minorUnits: order.kept.minorUnits.minus(pending), currency: order.currency)
    }

    /// For this long after a refund, an identical one is treated as a repetition.
    private static let repetitionSeconds = 60.0

    /// The newest refund like a request that is undecided or was requested or made recently; nil for a request of all
    /// that remains, of which a repetition finds nothing.
    func earlier(
        like request: Payments.RefundRequest, at now: Instant, in transaction: StoreTransaction
    ) throws -> EarlierRefund? {
        let alike = refunds.filter { isLike($0, request) }
        guard !alike.isEmpty else { return nil }
        let entries = try transaction.journal.entries(orderID: order.orderID)
        for record in alike.reversed() {
            let number = record.operation.number
            let own = entries.filter {
                $0.detail["invoice_id"] == record.invoiceID && $0.detail["operation"] == "\(number)"
            }
            let at = own.first { $0.event == .refundRequested }?.at ?? order.updatedAt
            // The caller may have waited until it was made.
            let end = own.last { $0.event == .refunded }?.at ?? at
            guard record.operation.status == .pending || now.seconds(since: end) < Self.repetitionSeconds else {
                continue
            }
            let document = try transaction.receipts.documents(orderID: order.orderID).first {
                $0.invoiceID == record.invoiceID && $0.operation == number
            }
            return EarlierRefund(
                invoiceID: record.invoiceID, operation: record.operation, at: at, documentID: document?.documentID)
        }
        return nil
    }

    /// Whether a refund returns what is requested: the same amount of the total, or the same lines in any order.
    private func isLike(_ record: OperationRecord, _ request: Payments.RefundRequest) -> Bool {
        let given = record.lines.filter { $0.number != nil }.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
        guard !request.lines.isEmpty else { return given.isEmpty && record.operation.amount == request.amount }
        guard given.count == request.lines.count else { return false }
        return zip(given, request.lines.sorted { $0.number < $1.number }).allSatisfy { line, asked in
            // The rest of a line was refunded entirely, and nothing remains now.
            line.number == asked.number && (asked.amount.map { $0 == line.amount } ?? isGone(asked.number))
        }
    }

    private func isGone(_ number: Int) -> Bool {
        guard lines.indices.contains(number - 1) else { return false }
        let gone = reserved.filter { $0.number == number }.reduce(Int64(0)) { sum, line in
            let (total, overflow) = sum.addingReportingOverflow(line.amount.minorUnits)
            return overflow ? .max : total
        }
        return gone >= lines[number - 1].amount.minorUnits
    }

    /// The requested bill lines, each with the amount refunded of it.
    func parts(_ asked: [Payments.RefundRequest.Line]) throws -> [BillLine] {
        var parts: [BillLine] = []
        for line in asked { parts.append(try part(line, beside: parts)) }
        return parts
    }

    private func part(_ asked: Payments.RefundRequest.Line, beside others: [BillLine]) throws -> BillLine {
        guard lines.indices.contains(asked.number - 1) else {
            throw OrderError.badRefund(
                orderID: order.orderID, reason: "the bill has no line \(asked.number); it has \(lines.count)")
        }
        let line = lines[asked.number - 1]
        let gone = try (reserved + others).filter { $0.number == asked.number }
            .reduce(Money.zero(order.currency)) { try $0.adding($1.amount) }
        guard !line.amount.isNegative else {
            throw OrderError.badRefund(
                orderID: order.orderID,
                reason: "line \(asked.number) took \(line.amount) off the bill; nothing of it can be refunded")
        }
        let left = try line.amount.subtracting(gone)
        let amount = asked.amount ?? left
        try check(amount, "line \(asked.number)", isAllGone: left.isZero)
        guard amount.minorUnits > 0, amount.minorUnits <= left.minorUnits else {
            throw OrderError.refundExceedsLine(
                orderID: order.orderID, number: asked.number, requested: asked.amount ?? line.amount, available: left)
        }
        return BillLine(
            name: line.name, quantity: amount == line.amount ? line.quantity : nil, amount: amount,
            number: asked.number)
    }

    /// The requested amount, which the parts add up to.
    func amount(_ asked: Money?, _ parts: [BillLine]) throws -> Money {
        var amount = asked ?? available
        if let first = parts.first?.amount {
            amount = try parts.dropFirst().reduce(first) { try $0.adding($1.amount) }
        }
        try check(amount, "the amount", isAllGone: available.isZero)
        guard asked == nil || asked == amount else {
            throw OrderError.badRefund(
                orderID: order.orderID, reason: "the lines are \(amount), the amount is \(asked ?? amount)")
        }
        guard amount.minorUnits > 0, amount.minorUnits <= available.minorUnits else {
            throw OrderError.refundExceeds(orderID: order.orderID, requested: amount, available: available)
        }
        return amount
    }

    private func check(_ amount: Money, _ what: String, isAllGone: Bool) throws {
        guard amount.currency == order.currency else {
            throw OrderError.badRefund(orderID: order.orderID, reason: "the order is in \(order.currency.code)")
        }
        guard amount.minorUnits > 0 || isAllGone else {
            throw OrderError.badRefund(orderID: order.orderID, reason: "\(what) must be positive")
        }
    }
}
