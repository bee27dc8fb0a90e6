import PaymentCore
package import QueueKit

/// What tasks can be grouped by.
package enum TaskGroupName: String, CaseIterable, Sendable {
    case error, kind, state, restaurant

    package var grouping: TaskGrouping {
        switch self {
        case .error: .error
        case .kind: .kind
        case .state: .state
        case .restaurant: .tag(.clientID)
        }
    }
}

extension Services {
    /// Refuses a filter with an unknown order or restaurant, so that a typing error differs from an empty result.
    /// - Throws: ``OrderError/notFound(orderID:)``, ``Problem`` `restaurant_not_found`.
    package func checkNames(in filter: TaskFilter) async throws {
        try await store.read { transaction in
            if let orderID = filter.orderID { _ = try transaction.order(orderID) }
            guard let clientID = filter.clientID else { return }
            // A restaurant need not be registered for its orders to be paid.
            var itsOrders = OrderRepository.Filter()
            itsOrders.clientID = clientID
            itsOrders.limit = 1
            if try transaction.orders.orders(itsOrders).isEmpty { _ = try transaction.restaurant(clientID) }
        }
    }
}
