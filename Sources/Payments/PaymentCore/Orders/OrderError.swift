package import WorldKit

/// Why an order refuses a request.
package enum OrderError: Error, Hashable, Sendable {
    case notFound(orderID: String)
    /// Another user is paying, or has paid.
    case alreadyBeingPaid(orderID: String)
    /// The bill changed after the guest saw it.
    case staleBill(orderID: String, seen: Int, current: Int)
    /// `action` is not possible in `status`.
    case stateForbids(orderID: String, action: String, status: OrderStatus)
    /// It expired unpaid.
    case expired(orderID: String)
    /// Another bill under the same key, after a payment began.
    case billConflict(clientID: String, internalOrderID: String, orderID: String, status: OrderStatus)
    /// The restaurant reports its bill as paid; `orderID` is that of the order created for it earlier, if any.
    case alreadyPaid(clientID: String, internalOrderID: String, prepaid: Money, orderID: String?)
    /// More than the captured amount less succeeded and pending refunds.
    case refundExceeds(orderID: String, requested: Money, available: Money)
    /// More of a bill line than remains after succeeded and pending refunds.
    case refundExceedsLine(orderID: String, number: Int, requested: Money, available: Money)
    /// Like a pending or recent refund, of which it may be a repetition.
    case refundRepeated(orderID: String, EarlierRefund)
    /// A refund of nothing, or in another currency.
    case badRefund(orderID: String, reason: String)
}

/// A refund requested earlier.
package struct EarlierRefund: Hashable, Sendable {
    package var invoiceID: String
    /// As far as it is known.
    package var operation: PaymentOperation
    /// When it was requested.
    package var at: Instant
    /// Its receipt document; nil while it has none.
    package var documentID: String?

    package init(invoiceID: String, operation: PaymentOperation, at: Instant, documentID: String?) {
        self.invoiceID = invoiceID
        self.operation = operation
        self.at = at
        self.documentID = documentID
    }
}
