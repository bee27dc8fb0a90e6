import MessagingKit
import OrderingCore
import QueueKit
package import SQLKit

extension ServiceName {
    /// The migrations of the service's store: its queue, which is its inbox, its outbox, what it has handled, and its
    /// own tables.
    package var migrations: [SQLMigration] {
        [
            WorkQueue.schema.migration,
            SQLMigration(
                version: 2, name: "messages",
                sql: [Outbox.table, Handled.table, StyleRecord.table].joined(separator: "\n"),
                serverSQL: Outbox.serverSettings),
            SQLMigration(version: 3, name: rawValue, sql: tables.joined(separator: "\n")),
        ] + additions
    }

    private var additions: [SQLMigration] {
        switch self {
        case .gateway: [SQLMigration(version: 4, name: "retention", sql: GatewayRequests.retention)]
        case .billing: [SQLMigration(version: 4, name: "refusals", sql: Billing.refusals)]
        case .identity, .order, .notification, .push: []
        }
    }

    private var tables: [String] {
        switch self {
        case .gateway: [GatewayRequests.tables, Sessions.tables, PushEvents.tables]
        case .identity: [Identity.tables]
        case .billing: [Billing.tables]
        case .order: [Baskets.tables, Orders.tables]
        case .notification: [Notifications.tables]
        case .push: [PushEvents.tables]
        }
    }
}
