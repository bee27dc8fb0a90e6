package import PaymentCore
package import SQLKit
package import WorldKit

/// Order statuses, read in bulk and cheaply for polling.
package struct OrderStatusRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    private static let statuses = SQLListQuery(parameters: 1) {
        "SELECT order_id, status FROM orders WHERE client_id = $1 AND order_id IN (\($0))"
    }

    private static let versions = SQLListQuery(parameters: 0) {
        "SELECT order_id, COUNT(*) AS version FROM journal WHERE order_id IN (\($0)) GROUP BY order_id"
    }

    /// The statuses of those orders among `ids` that exist and belong to the restaurant, by id.
    ///
    /// One covering index answers the query, with a restaurant's orders side by side.
    package func statuses(of ids: [String], clientID: String) throws -> [String: OrderStatus] {
        var statuses: [String: OrderStatus] = [:]
        statuses.reserveCapacity(ids.count)
        try Self.statuses.forEachRow(on: connection, [.text(clientID)], of: ids.map(SQLValue.text)) { row in
            statuses[try row.text("order_id")] = try row.word("status")
        }
        return statuses
    }

    /// The versions of orders, by id: each change of an order gives it another one. An unknown order has none.
    ///
    /// The number of its journal entries, which are written with the changes and never removed. Not the highest number
    /// among them: entries may become visible in another order than that of their numbers.
    package func versions(of ids: [String]) throws -> [String: Int64] {
        var versions: [String: Int64] = [:]
        for start in stride(from: 0, to: ids.count, by: 256) {
            let part = Array(ids[start..<min(start + 256, ids.count)])
            try Self.versions.forEachRow(on: connection, of: part.map(SQLValue.text)) { row in
                versions[try row.text("order_id")] = try row.integer("version")
            }
        }
        return versions
    }

    /// Records that a guest has viewed the order, unless one has before.
    package func recordView(orderID: String, at instant: Instant) throws {
        try connection.execute(
            "INSERT INTO order_views (order_id, viewed_at) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING",
            [.text(orderID), .instant(instant)])
    }

    package func isViewed(orderID: String) throws -> Bool {
        try !connection.query("SELECT 1 AS found FROM order_views WHERE order_id = $1", [.text(orderID)]).isEmpty
    }
}
