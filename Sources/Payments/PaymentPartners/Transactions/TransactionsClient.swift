package import PaymentCore

/// The payment system: invoices, and numbered operations on them. Every call is idempotent and may be repeated.
package protocol TransactionsClient: Sendable {
    /// Creates the invoice under the given id, or confirms that it exists with the same content.
    func createInvoice(_ invoice: InvoiceRequest) async throws

    /// Starts operation `request.number` of an invoice, or returns the current state of the one with that number.
    ///
    /// The same number with another kind or amount is rejected with `key_reused`. A hold with an unknown payment method
    /// is declined with 422 `unknown_payment_method`, a late refund with 422 `refund_window_closed`.
    func start(_ request: OperationRequest) async throws -> PaymentOperation

    /// Cancels the hold with that number. Once confirmed (`voided`) it can never succeed, even if the hold itself or
    /// its invoice had not arrived yet. A hold that was captured, failed or lapsed keeps its status.
    func void(invoiceID: String, hold number: Int) async throws -> PaymentOperation

    /// The invoice as the payment system knows it; nil when it has none with that id.
    func invoice(id: String) async throws -> Invoice?
}

extension PartnerError {
    /// The code with which transactions declines an operation itself, with 422; nil for every other error. Every other
    /// rejection concerns our request (a key, a route, a parameter), and not the guest's card.
    package func declined(_ kind: PaymentOperation.Kind) -> String? {
        guard partner == .transactions, case .rejected(status: 422, let code) = code else { return nil }
        return Self.declines[kind]?.contains(code) == true ? code : nil
    }

    private static let declines: [PaymentOperation.Kind: Set<String>] = [
        .hold: ["unknown_payment_method"], .refund: ["refund_window_closed"],
    ]
}

package struct InvoiceRequest: Hashable, Sendable {
    package var invoiceID: String
    package var orderID: String
    package var uid: String
    package var amount: Money
    /// The callback URL for changes of its operations; nil for none.
    package var callbackURL: String?

    package init(
        invoiceID: String, orderID: String, uid: String, amount: Money, callbackURL: String?
    ) {
        self.invoiceID = invoiceID
        self.orderID = orderID
        self.uid = uid
        self.amount = amount
        self.callbackURL = callbackURL
    }
}

package struct OperationRequest: Hashable, Sendable {
    package var invoiceID: String
    /// From 1 within the invoice.
    package var number: Int
    package var kind: PaymentOperation.Kind
    package var amount: Money
    /// The payment method of a hold; nil for a clear or refund. A later hold of the invoice may name another one.
    package var paymentMethodID: String?

    package init(
        invoiceID: String, number: Int, kind: PaymentOperation.Kind, amount: Money, paymentMethodID: String? = nil
    ) {
        self.invoiceID = invoiceID
        self.number = number
        self.kind = kind
        self.amount = amount
        self.paymentMethodID = paymentMethodID
    }
}

/// An invoice as the payment system reports it.
package struct Invoice: Hashable, Sendable {
    package var invoiceID: String
    package var orderID: String
    package var uid: String
    /// Held and not captured, voided or lapsed.
    package var held: Money
    package var captured: Money
    package var refunded: Money
    /// By number.
    package var operations: [PaymentOperation]

    package init(
        invoiceID: String, orderID: String, uid: String, held: Money, captured: Money, refunded: Money,
        operations: [PaymentOperation]
    ) {
        self.invoiceID = invoiceID
        self.orderID = orderID
        self.uid = uid
        self.held = held
        self.captured = captured
        self.refunded = refunded
        self.operations = operations
    }
}
