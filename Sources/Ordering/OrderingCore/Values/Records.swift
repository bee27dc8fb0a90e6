package import WorldKit

/// A registered user. One without an email has a name only, and cannot log in.
package struct User: Hashable, Sendable {
    package var id: String
    package var email: String?
    package var firstName: String
    package var lastName: String
    package var phone: String

    package init(id: String, email: String?, firstName: String = "", lastName: String = "", phone: String = "") {
        self.id = id
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.phone = phone
    }

    /// How a message addresses them.
    package var salutation: String {
        let name = [firstName, lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return name.isEmpty ? email ?? id : name
    }
}

/// A user's account at billing.
package struct Account: Hashable, Sendable {
    package var userID: String
    package var balance: Money

    package init(userID: String, balance: Money) {
        self.userID = userID
        self.balance = balance
    }
}

/// One change of a balance.
package struct Entry: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable { case deposit, withdrawal, charge }

    /// In the order in which the account's entries were made, from 1.
    package var number: Int
    package var userID: String
    package var kind: Kind
    /// Positive for deposits, negative otherwise.
    package var amount: Money
    /// The payment of a charge, the request of anything else.
    package var reference: String
    package var at: Instant

    package init(number: Int, userID: String, kind: Kind, amount: Money, reference: String, at: Instant) {
        self.number = number
        self.userID = userID
        self.kind = kind
        self.amount = amount
        self.reference = reference
        self.at = at
    }
}

/// Why an order or a payment failed; the raw value is the reason in messages and answers.
package enum FailureReason: String, CaseIterable, Sendable {
    case notEnoughMoney = "not_enough_money"
    /// The account did not appear in time.
    case noAccount = "no_account"
    /// The balance would be beyond ``Money/maximum``.
    case balanceTooLarge = "balance_too_large"

    package var prose: String {
        switch self {
        case .notEnoughMoney: "not enough money"
        case .noAccount: "no account"
        case .balanceTooLarge: "balance too large"
        }
    }
}

/// A decision about money, kept under the payment's id, refusals too.
package struct Payment: Hashable, Sendable {
    package var id: String
    package var orderID: String
    package var userID: String
    package var amount: Money
    /// Nil when it succeeded.
    package var refusal: FailureReason?
    package var at: Instant

    package var isSucceeded: Bool { refusal == nil }

    package init(
        id: String, orderID: String, userID: String, amount: Money, refusal: FailureReason? = nil, at: Instant
    ) {
        self.id = id
        self.orderID = orderID
        self.userID = userID
        self.amount = amount
        self.refusal = refusal
        self.at = at
    }
}

/// What a user is going to order; it may be ordered again after a refusal.
package struct Basket: Hashable, Sendable {
    package enum Status: String, CaseIterable, Sendable { case open, ordered, paid }

    package var id: String
    package var userID: String
    package var status: Status
    /// How often it was ordered.
    package var attempt: Int
    /// Of the last attempt; nil before the first.
    package var sum: Money?

    package init(id: String, userID: String, status: Status = .open, attempt: Int = 0, sum: Money? = nil) {
        self.id = id
        self.userID = userID
        self.status = status
        self.attempt = attempt
        self.sum = sum
    }

    /// The order of one attempt.
    package static func orderID(basketID: String, attempt: Int) -> String { "\(basketID)-\(attempt)" }

    /// The order of the last attempt; nil before the first.
    package var orderID: String? { attempt == 0 ? nil : Self.orderID(basketID: id, attempt: attempt) }
}

package struct Order: Hashable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case pending, succeeded, failed

        package var isFinal: Bool { self != .pending }
    }

    package var id: String
    package var userID: String
    package var price: Money
    package var status: Status
    /// Of a failed order.
    package var reason: FailureReason?
    package var basketID: String?
    package var createdAt: Instant

    package init(
        id: String, userID: String, price: Money, status: Status = .pending, reason: FailureReason? = nil,
        basketID: String? = nil, createdAt: Instant
    ) {
        self.id = id
        self.userID = userID
        self.price = price
        self.status = status
        self.reason = reason
        self.basketID = basketID
        self.createdAt = createdAt
    }
}

/// How an order ended.
package enum OrderOutcome: Hashable, Sendable {
    case succeeded
    case failed(FailureReason)

    package var status: Order.Status { self == .succeeded ? .succeeded : .failed }

    package var reason: FailureReason? {
        if case .failed(let reason) = self { reason } else { nil }
    }

    package init(refusal: FailureReason?) { self = refusal.map { .failed($0) } ?? .succeeded }
}

/// The message to a user about a finished order.
package struct Notification: Hashable, Sendable {
    package var id: String
    package var orderID: String
    package var userID: String
    package var status: Order.Status
    package var message: String
    package var createdAt: Instant

    package init(
        id: String, orderID: String, userID: String, status: Order.Status, message: String, createdAt: Instant
    ) {
        self.id = id
        self.orderID = orderID
        self.userID = userID
        self.status = status
        self.message = message
        self.createdAt = createdAt
    }
}

/// What a listening client is sent about a finished order.
package struct PushEvent: Hashable, Sendable {
    /// Of the user's events, from 1; clients resume after the last they have seen.
    package var number: Int
    package var orderID: String
    package var userID: String
    package var status: Order.Status
    package var reason: FailureReason?
    package var createdAt: Instant

    package init(
        number: Int, orderID: String, userID: String, status: Order.Status, reason: FailureReason?, createdAt: Instant
    ) {
        self.number = number
        self.orderID = orderID
        self.userID = userID
        self.status = status
        self.reason = reason
        self.createdAt = createdAt
    }
}
