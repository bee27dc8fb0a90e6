import EncodingKit
import PaymentCore
import WorldKit

/// The captured amount of an order, line by line, and how much of it is refunded or being refunded.
struct RefundableAmounts {
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
