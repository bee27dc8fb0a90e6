package import PaymentCore
package import QueueKit
package import WorldKit

/// Selects orders; all conditions are ANDed.
package struct OrderFilter: Sendable {
    package var statuses: [OrderStatus] = []
    package var clientID: String?
    package var uid: String?
    package var since: Instant?
    package var until: Instant?
    package var limit: Int = 100

    package init() {}
}

/// Queries orders, and closes unpaid ones.
package struct Orders: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package func order(_ orderID: String) async throws -> Order {
        try await services.store.read { try $0.order(orderID) }
    }

    package func list(_ filter: OrderFilter) async throws -> [Order] {
        try await services.store.read { try $0.orders.orders(filter) }
    }

    package struct Details: Sendable {
        package var order: Order
        package var lines: [BillLine]
        package var operations: [OperationRecord]
        package var receipts: [StoredReceipt]
        /// Documents without a task to fetch their receipt: the queue refused the task.
        package var forgotten: [DocumentRecord]
        package var tasks: [QueuedTask]
        /// The pauses in force, of any kind.
        package var pauses: [TaskPause]
    }

    package func details(_ orderID: String) async throws -> Details {
        let now = services.world.now()
        return try await services.store.read { transaction in
            let order = try transaction.order(orderID)
            var filter = TaskFilter()
            filter.orderID = orderID
            return Details(
                order: order, lines: try transaction.orders.lines(of: order),
                operations: try transaction.operations.operations(orderID: orderID),
                receipts: try transaction.receipts.receipts(orderID: orderID, limit: 1000),
                forgotten: try transaction.receipts.documentsWithoutTask(orderID: orderID, limit: 1000),
                tasks: try transaction.tasks.tasks(filter, at: now),
                pauses: try transaction.tasks.pausesInForce())
        }
    }

    package func history(_ orderID: String) async throws -> [JournalEntry] {
        try await services.store.read { transaction in
            _ = try transaction.order(orderID)
            return try transaction.journal.entries(orderID: orderID)
        }
    }

    /// The answer to iiko's poll (`POST /orders/list`), in the order requested.
    package func statuses(_ orderIDs: [String]) async throws -> [(orderID: String, status: IikoStatus)] {
        try await services.store.read { transaction in
            try orderIDs.map { orderID in
                (orderID, try transaction.orders.order(id: orderID)?.status.iiko ?? .notFound)
            }
        }
    }

    /// The link on the printed receipt.
    package func deeplink(of order: Order) -> String {
        services.deeplinks.sign(orderID: order.orderID, restaurantID: order.clientID)
            .url(base: services.settings.deeplinkBase)
    }

    /// Closes an order that is not being paid; a canceled one stays as it is.
    /// - Throws: ``OrderError/stateForbids(orderID:action:status:)`` while it is being paid or after it is paid.
    package func cancel(_ orderID: String, actor: Actor, reason: String) async throws -> Order {
        let now = services.world.now()
        return try await services.store.write { transaction in
            var order = try transaction.order(orderID)
            if order.status == .canceled { return order }
            guard order.status.isOpen else {
                throw OrderError.stateForbids(orderID: orderID, action: "cancel", status: order.status)
            }
            try transaction.move(
                &order, to: .canceled, event: .canceled, actor: actor, detail: ["reason": reason], at: now)
            return order
        }
    }

    /// Closes an order that expired unpaid.
    /// - Returns: when to check again; nil when there is nothing left to do.
    func expire(_ orderID: String) async throws -> Instant? {
        let now = services.world.now()
        return try await services.store.write { transaction in
            var order = try transaction.order(orderID)
            switch order.status {
            case .pending, .holdFailed:
                guard now >= order.expiresAt else { return order.expiresAt }
                try transaction.move(
                    &order, to: .expired, event: .expired, actor: .worker,
                    detail: ["expires_at": order.expiresAt.rfc3339], at: now)
                return nil
            case .holding:
                // The hold may still fail, and the order would be open again.
                return now.advanced(bySeconds: 60)
            case .held, .cleared, .refunded, .clearFailed, .canceled, .expired:
                return nil
            }
        }
    }
}
