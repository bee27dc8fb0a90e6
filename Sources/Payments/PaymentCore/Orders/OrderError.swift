package import WorldKit

/// Why an order refuses what was asked of it.
package enum OrderError: Error, Hashable, Sendable {
    case notFound(orderID: String)
    /// Another user is paying, or has paid.
    case alreadyBeingPaid(orderID: String)
    /// The bill was reprinted after the guest saw it.
    case staleBill(orderID: String, seen: Int, current: Int)
    /// `action` is not possible in `status`.
    case stateForbids(orderID: String, action: String, status: OrderStatus)
    /// Its time ran out before anybody paid.
    case expired(orderID: String)
    /// Another bill under the same key, after somebody began to pay.
    case billConflict(clientID: String, internalOrderID: String, orderID: String, status: OrderStatus)
    /// The restaurant says that its bill is paid; `orderID` is that of the order which was taken in for it before, if any.
    case alreadyPaid(clientID: String, internalOrderID: String, prepaid: Money, orderID: String?)
    /// More than what was taken and not already given back or being given back.
    case refundExceeds(orderID: String, requested: Money, available: Money)
    /// More of one of the bill's lines than what is not already given back or being given back of it.
    case refundExceedsLine(orderID: String, number: Int, requested: Money, available: Money)
    /// A refund like one that is on its way or was asked for a moment ago, which may be the same one sent again.
    case refundRepeated(orderID: String, EarlierRefund)
    /// A refund of nothing, or in another currency.
    case badRefund(orderID: String, reason: String)
}

/// A refund that was asked for before.
package struct EarlierRefund: Hashable, Sendable {
    package var invoiceID: String
    /// As far as it is known.
    package var operation: PaymentOperation
    /// When it was asked for.
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
