/// The rules of orders.
package enum OrderRule {
    package enum Settlement: Hashable, Sendable {
        case changed(Order)
        /// It has this outcome already.
        case same
    }

    /// The order with its outcome; the status moves once, from pending.
    /// - Throws: ``OrderError/otherOutcome`` when it ended differently.
    package static func settle(_ order: Order, _ outcome: OrderOutcome) throws(OrderError) -> Settlement {
        switch order.status {
        case .pending:
            var order = order
            order.status = outcome.status
            order.reason = outcome.reason
            return .changed(order)
        case .succeeded, .failed:
            guard order.status == outcome.status, order.reason == outcome.reason else { throw .otherOutcome }
            return .same
        }
    }

    /// Whether a repeated request asks for the same order.
    package static func isSame(_ order: Order, userID: String, price: Money, basketID: String?) -> Bool {
        order.userID == userID && order.price == price && order.basketID == basketID
    }

    /// The payment of an order: the order and the attempt, which is that of its basket.
    package static func paymentID(orderID: String, attempt: Int) -> String { "\(orderID):\(attempt)" }

    /// The notification's text for an outcome.
    package static func announcement(to user: User, orderID: String, _ outcome: OrderOutcome, price: Money) -> String {
        switch outcome {
        case .succeeded: "\(user.salutation), your order \(orderID) for \(price) is paid"
        case .failed(let reason): "\(user.salutation), your order \(orderID) for \(price) failed: \(reason.prose)"
        }
    }
}

package enum OrderError: Error, Hashable, Sendable {
    case notFound
    /// The id belongs to an order with other content.
    case otherContent
    case otherOutcome
}
