/// One hold, clear or refund on an invoice, as the payment system reports it.
package struct PaymentOperation: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable { case hold, clear, refund }

    package enum Status: String, CaseIterable, Codable, Sendable {
        /// Not decided yet.
        case pending
        case succeeded
        case failed
        /// A hold that was canceled, whether or not it had succeeded.
        case voided
        /// A hold that had succeeded and was released by the bank before it was cleared.
        case lapsed

        package var isFinal: Bool { self != .pending }
    }

    /// From 1 within the invoice.
    package var number: Int
    package var kind: Kind
    package var amount: Money
    package var status: Status
    /// Why it failed, in the payment system's words: `"declined"`, `"hold_lapsed"`.
    package var reason: String?

    package init(number: Int, kind: Kind, amount: Money, status: Status, reason: String? = nil) {
        self.number = number
        self.kind = kind
        self.amount = amount
        self.status = status
        self.reason = reason
    }
}

/// A report that an operation changed; may arrive repeatedly, late and out of order.
package struct PaymentCallback: Hashable, Sendable {
    /// The payment system's id of the report; repeated when the report is delivered again.
    package var eventID: String
    package var invoiceID: String
    package var operation: PaymentOperation

    package init(eventID: String, invoiceID: String, operation: PaymentOperation) {
        self.eventID = eventID
        self.invoiceID = invoiceID
        self.operation = operation
    }
}
