package import QRPayDomain
import QRPayStore

extension Payments {
    package struct RefundRequest: Sendable {
        package var orderID: String
        /// Nil for the sum of the lines, or, without lines, for all that is left.
        package var amount: Money?
        /// What is given back, adding up to the amount; empty for a refund by amount.
        package var lines: [BillLine]
        package var reason: String

        package init(orderID: String, amount: Money?, lines: [BillLine] = [], reason: String) {
            self.orderID = orderID
            self.amount = amount
            self.lines = lines
            self.reason = reason
        }
    }

    package struct RefundBegun: Sendable {
        package var order: Order
        package var operation: PaymentOperation
    }

    /// Reserves a part of what was taken and stages its refund. What other refunds have reserved is not available, so
    /// that concurrent refunds never exceed what was taken.
    package func refund(_ request: RefundRequest, actor: Actor) async throws -> RefundBegun {
        let now = services.world.now()
        return try await services.store.write { transaction in
            let order = try transaction.order(request.orderID)
            guard order.status == .cleared, let invoiceID = order.edaOrderID, let uid = order.uid else {
                throw OrderError.stateForbids(orderID: order.orderID, action: "refund", status: order.status)
            }
            let pending = try transaction.operations.operations(orderID: order.orderID)
                .filter { $0.operation.kind == .refund && !$0.operation.status.isFinal }
                .reduce(Int64(0)) { $0 + $1.operation.amount.minorUnits }
            let available = Money(minorUnits: order.kept.minorUnits - pending, currency: order.currency)
            let amount = try request.sumOfLines ?? request.amount ?? available
            guard amount.currency == order.currency else {
                throw OrderError.badRefund(orderID: order.orderID, reason: "the order is in \(order.currency.code)")
            }
            guard request.amount == nil || request.amount == amount else {
                throw OrderError.badRefund(
                    orderID: order.orderID, reason: "the lines are \(amount), the amount is \(request.amount ?? amount)"
                )
            }
            guard amount.minorUnits > 0 || available.isZero else {
                throw OrderError.badRefund(orderID: order.orderID, reason: "the amount must be positive")
            }
            guard amount.minorUnits > 0, amount.minorUnits <= available.minorUnits else {
                throw OrderError.refundExceeds(orderID: order.orderID, requested: amount, available: available)
            }
            let operation = PaymentOperation(
                number: try transaction.operations.nextNumber(invoiceID: invoiceID), kind: .refund, amount: amount,
                status: .pending)
            let lines =
                request.lines.isEmpty ? [BillLine(name: "Возврат по заказу", amount: amount)] : request.lines
            try transaction.operations.insert(
                OperationRecord(
                    orderID: order.orderID, invoiceID: invoiceID, uid: uid, operation: operation, lines: lines),
                at: now)
            try transaction.journal.append(
                JournalEntry(
                    at: now, orderID: order.orderID, event: .refundRequested, actor: actor,
                    detail: [
                        "invoice_id": invoiceID, "operation": "\(operation.number)", "amount": amount.description,
                        "reason": request.reason,
                    ]))
            try transaction.tasks.enqueue(
                SettleJob(orderID: order.orderID, invoiceID: invoiceID, number: operation.number, action: .refund)
                    .request(clientID: order.clientID, dueAt: now),
                at: now)
            return RefundBegun(order: order, operation: operation)
        }
    }
}

extension Payments.RefundRequest {
    /// Nil without lines.
    fileprivate var sumOfLines: Money? {
        get throws {
            guard let first = lines.first?.amount else { return nil }
            return try lines.dropFirst().reduce(first) { try $0.adding($1.amount) }
        }
    }
}
