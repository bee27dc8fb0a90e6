package import PaymentCore
package import SQLKit
package import WorldKit

/// Order statuses, read in bulk and cheaply for polling.
package struct OrderStatusRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// The statuses of those orders among `ids` that exist and belong to the restaurant, by id.
    ///
    /// One covering index answers the query, with a restaurant's orders side by side.
    package func statuses(of ids: [String], clientID: String) throws -> [String: OrderStatus] {
        guard let last = ids.last else { return [:] }
        // The list is padded to a power of two with its last id, so that a few prepared statements serve every length.
        var power = 0
        while 1 << power < ids.count { power += 1 }
        let statement = power < Self.statements.count ? Self.statements[power] : Self.statement(power)
        let filling = Array(repeating: SQLValue.text(last), count: 1 << power - ids.count)
        var statuses: [String: OrderStatus] = [:]
        statuses.reserveCapacity(ids.count)
        try connection.forEachRow(statement, [.text(clientID)] + ids.map(SQLValue.text) + filling) { row in
            statuses[try row.text("order_id")] = try row.word("status")
        }
        return statuses
    }

    private static let statements = (0...8).map(statement)

    /// A statement for 2^`power` ids.
    private static func statement(_ power: Int) -> String {
        let places = (1...1 << power).map { "$\($0 + 1)" }.joined(separator: ", ")
        return "SELECT order_id, status FROM orders WHERE client_id = $1 AND order_id IN (\(places))"
    }

    /// The number of the journal's last entry; every change of an order has one, written with it.
    package func position() throws -> Int64 {
        try connection.query("SELECT COALESCE(MAX(entry_id), 0) AS position FROM journal")[0].integer("position")
    }

    /// The orders with journal entries after `position`, and the number of the last entry examined.
    /// - Parameter limit: how many entries to examine; when there are more, the next call continues.
    package func changes(after position: Int64, limit: Int) throws -> (orderIDs: Set<String>, position: Int64) {
        var (orderIDs, last) = (Set<String>(), position)
        try connection.forEachRow(
            "SELECT entry_id, order_id FROM journal WHERE entry_id > $1 ORDER BY entry_id LIMIT $2",
            [.integer(position), .integer(limit)]
        ) { row in
            last = try row.integer("entry_id")
            orderIDs.insert(try row.text("order_id"))
        }
        return (orderIDs, last)
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
