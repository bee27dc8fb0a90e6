package import WorldKit

/// The rules of accounts.
package enum BillingRule {
    /// A change of an account.
    package struct Change: Hashable, Sendable {
        package var account: Account
        package var entry: Entry
    }

    /// A request to take money for an order.
    package struct Charge: Hashable, Sendable {
        package var paymentID: String
        package var orderID: String
        package var userID: String
        package var amount: Money

        package init(paymentID: String, orderID: String, userID: String, amount: Money) {
            self.paymentID = paymentID
            self.orderID = orderID
            self.userID = userID
            self.amount = amount
        }

        /// The decision to charge nothing.
        package func refused(_ reason: FailureReason, at now: Instant) -> Payment {
            Payment(
                id: paymentID, orderID: orderID, userID: userID, amount: amount, refusal: reason, at: now)
        }
    }

    /// Decides a payment that has no decision yet.
    /// - Parameter entries: how many the account has.
    /// - Returns: the payment and, when it succeeded, the change.
    package static func charge(
        _ charge: Charge, to account: Account, entries: Int, at now: Instant
    ) -> (payment: Payment, change: Change?) {
        do {
            let change = try apply(
                .charge, -charge.amount, reference: charge.paymentID, to: account, entries: entries, at: now)
            return (
                Payment(
                    id: charge.paymentID, orderID: charge.orderID, userID: charge.userID, amount: charge.amount, at: now
                ), change
            )
        } catch {
            return (charge.refused(.notEnoughMoney, at: now), nil)
        }
    }

    /// Adds one entry to an account.
    /// - Parameters:
    ///   - amount: positive for deposits, negative otherwise.
    ///   - entries: how many the account has.
    /// - Throws: ``BillingError``.
    package static func apply(
        _ kind: Entry.Kind, _ amount: Money, reference: String, to account: Account, entries: Int, at now: Instant
    ) throws(BillingError) -> Change {
        guard let balance = account.balance.adding(amount) else { throw .balanceTooLarge }
        guard balance >= .zero else { throw .notEnoughMoney }
        return Change(
            account: Account(userID: account.userID, balance: balance),
            entry: Entry(
                number: entries + 1, userID: account.userID, kind: kind, amount: amount, reference: reference, at: now))
    }
}

package enum BillingError: Error, Hashable, Sendable {
    case accountNotFound
    case notEnoughMoney
    /// The balance would be beyond ``Money/maximum``.
    case balanceTooLarge
    /// The request was made before with another amount, or the payment for another order.
    case otherContent
}

/// How long a payment waits for an account whose user was registered a moment ago.
package enum AccountWaitRule {
    package static let firstDelaySeconds = 0.2
    package static let maximumDelaySeconds = 10.0
    package static let patienceSeconds = 600.0

    /// Seconds until the next attempt; nil when the payment is refused with ``FailureReason/noAccount``.
    /// - Parameters:
    ///   - attempts: how often it was tried, this time included.
    ///   - start: when the payment was requested.
    package static func delay(attempts: Int, since start: Instant, now: Instant) -> Double? {
        let waited = now.seconds(since: start)
        guard waited < patienceSeconds else { return nil }
        let doublings = min(max(0, attempts - 1), 16)
        let delay = min(maximumDelaySeconds, firstDelaySeconds * Double(1 << doublings))
        // The last attempt is made when the time is up, not later.
        return min(delay, patienceSeconds - waited)
    }
}
