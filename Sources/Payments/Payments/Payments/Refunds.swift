import EncodingKit
package import PaymentCore
import QueueKit
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
            let refunds = try RefundableAmounts(of: order, in: transaction)
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
