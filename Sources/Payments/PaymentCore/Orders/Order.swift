package import WorldKit

/// Our record of a bill and of the progress of its payment.
package struct Order: Hashable, Sendable {
    package let orderID: String
    /// The restaurant.
    package let clientID: String
    /// The restaurant's own id of the order; with ``clientID`` the idempotency key of the bill.
    package let internalOrderID: String
    /// From 1; a reprinted bill is the next version.
    package var billVersion: Int
    package var status: OrderStatus
    /// The amount requested from the guest.
    package var amount: Money
    /// What was paid at the restaurant before, in addition to ``amount``.
    package var prepaid: Money
    /// What was captured; zero until ``OrderStatus/cleared``.
    package var capturedAmount: Money
    /// What was refunded of it.
    package var refunded: Money
    /// Who pays or paid; nil before the first attempt.
    package var uid: String?
    package var paymentMethodID: String?
    /// The id of the order at Eda and of the invoice at transactions, derived from order, user and service.
    package var edaOrderID: String?
    /// The number of the payment operation whose outcome decides the next status; 0 before the first.
    package var operation: Int
    /// When the current payer began; the hold's deadline counts from it.
    package var beganAt: Instant?
    /// The cashback promised when the current payer began; nil when no rule applied.
    package var cashback: CashbackTerms?
    package let createdAt: Instant
    package var updatedAt: Instant
    /// When an order that is still open is closed as unpaid.
    package var expiresAt: Instant

    package init(
        orderID: String, clientID: String, internalOrderID: String, billVersion: Int = 1,
        status: OrderStatus = .pending, amount: Money, prepaid: Money? = nil, capturedAmount: Money, refunded: Money,
        uid: String? = nil,
        paymentMethodID: String? = nil, edaOrderID: String? = nil, operation: Int = 0, beganAt: Instant? = nil,
        cashback: CashbackTerms? = nil, createdAt: Instant, updatedAt: Instant, expiresAt: Instant
    ) {
        self.orderID = orderID
        self.clientID = clientID
        self.internalOrderID = internalOrderID
        self.billVersion = billVersion
        self.status = status
        self.amount = amount
        self.prepaid = prepaid ?? .zero(amount.currency)
        self.capturedAmount = capturedAmount
        self.refunded = refunded
        self.uid = uid
        self.paymentMethodID = paymentMethodID
        self.edaOrderID = edaOrderID
        self.operation = operation
        self.beganAt = beganAt
        self.cashback = cashback
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.expiresAt = expiresAt
    }

    package var currency: Currency { amount.currency }

    /// The whole bill, including what is prepaid.
    package var total: Money { amount.together(with: prepaid) }

    /// The captured amount less refunds.
    package var kept: Money { Money(minorUnits: capturedAmount.minorUnits - refunded.minorUnits, currency: currency) }

    /// The cashback due for the money kept, or to be kept while it is held.
    package var cashbackDue: Money {
        guard let cashback else { return .zero(currency) }
        return cashback.due(on: status == .held ? amount : kept)
    }
}
