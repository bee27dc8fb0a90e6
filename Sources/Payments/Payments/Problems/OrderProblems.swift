import PaymentCore
import WorldKit

extension Problem {
    init(_ error: OrderError) {
        switch error {
        case .notFound(let id):
            self.init(.notFound, "order_not_found", "order \(id) not found", next: .listOrders)
        case .alreadyBeingPaid(let id):
            self.init(
                .conflict, "order_taken", "order \(id): already being paid by another user",
                next: .showOrderHistory(id))
        case .staleBill(let id, let seen, let current):
            self.init(
                .conflict, "stale_bill",
                "order \(id): the bill has changed; version \(seen) was shown, version \(current) is current",
                next: .showBill(orderID: id))
        case .stateForbids(let id, let action, let status):
            self.init(
                .conflict, "state_forbids", "order \(id): cannot \(action) an order that is \(status.rawValue)",
                next: .showOrderHistory(id))
        case .expired(let id):
            self.init(.conflict, "order_expired", "order \(id): it expired unpaid")
        case .billConflict(let clientID, let internalOrderID, let orderID, let status):
            self.init(
                .conflict, "bill_conflict",
                "bill \(internalOrderID) of \(clientID): order \(orderID) with another bill is already "
                    + status.rawValue
            )
        case .alreadyPaid(let clientID, let internalOrderID, let prepaid, let orderID):
            self.init(
                .conflict, "already_paid",
                "bill \(internalOrderID) of \(clientID): nothing is left to pay, \(prepaid) was paid already",
                next: orderID.map(NextStep.showOrder))
        case .refundExceeds(let id, let requested, let available):
            self.init(
                .conflict, "refund_exceeds",
                "order \(id): cannot refund \(requested), \(available) of the captured amount is left")
        case .refundExceedsLine(let id, let number, let requested, let available):
            self.init(
                .conflict, "refund_exceeds",
                "order \(id): cannot refund \(requested) of line \(number), \(available) of it is left")
        case .refundRepeated(let id, let earlier):
            self.init(repeating: earlier, of: id)
        case .badRefund(let id, let reason):
            self.init(.invalid, "bad_refund", "order \(id): \(reason)")
        }
    }

    private init(repeating earlier: EarlierRefund, of orderID: String) {
        let operation = earlier.operation
        let isPending = operation.status == .pending
        self.init(
            .conflict, "refund_repeated",
            "order \(orderID): the same refund of \(operation.amount) "
                + (isPending ? "is in progress" : "was made a moment ago")
                + " (operation \(operation.number), requested at \(earlier.at.rfc3339)); no refund was started",
            next: .requestAnotherRefund(orderID: orderID, isEarlierPending: isPending))
        details = [
            "order_id": orderID, "invoice_id": earlier.invoiceID, "operation": "\(operation.number)",
            "amount": operation.amount.decimal, "currency": operation.amount.currency.code,
            "status": operation.status.rawValue, "requested_at": earlier.at.rfc3339,
        ]
        details["document_id"] = earlier.documentID
    }

    init(_ error: DeeplinkError) {
        self.init(.forbidden, "bad_deeplink", "the deeplink's signature is invalid", next: .scanAgain)
    }

    init(_ error: MoneyError) { self.init(.invalid, "bad_amount", error.message) }
}
