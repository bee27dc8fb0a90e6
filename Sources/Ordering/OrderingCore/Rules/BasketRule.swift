/// The rules of baskets.
package enum BasketRule {
    package enum Decision: Hashable, Sendable {
        /// It is ordered under the next attempt; the basket as it is then.
        case ordered(Basket)
        /// This sum is ordered or paid already, as this order.
        case same(orderID: String)
    }

    /// Decides an order of a basket.
    /// - Parameter basket: nil when it is unknown.
    /// - Throws: ``BasketError``.
    package static func order(
        _ basket: Basket?, by userID: String, sum: Money
    ) throws(BasketError) -> Decision {
        // Another user's basket gets the same answer as an unknown one.
        guard var basket, basket.userID == userID else { throw .notFound }
        switch basket.status {
        case .ordered, .paid:
            guard basket.sum == sum, let orderID = basket.orderID else { throw .otherSum }
            return .same(orderID: orderID)
        case .open:
            basket.status = .ordered
            basket.attempt += 1
            basket.sum = sum
            return .ordered(basket)
        }
    }

    /// The basket once its order has ended: paid, or open for another attempt. An order that is not its last one
    /// changes nothing.
    package static func settle(_ basket: Basket, orderID: String, _ outcome: OrderOutcome) -> Basket {
        guard basket.status == .ordered, basket.orderID == orderID else { return basket }
        var basket = basket
        basket.status = outcome == .succeeded ? .paid : .open
        return basket
    }
}

package enum BasketError: Error, Hashable, Sendable {
    case notFound
    case otherSum
}
