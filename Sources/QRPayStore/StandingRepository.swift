package import QRPayDomain
package import SQLKit

/// How far orders are, read in bulk and cheaply: what polls ask for.
package struct StandingRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package struct Standing: Hashable, Sendable {
        package var clientID: String
        package var status: OrderStatus

        package init(clientID: String, status: OrderStatus) {
            self.clientID = clientID
            self.status = status
        }
    }

    /// The orders among `ids` that exist, by id.
    package func standings(_ ids: [String]) throws -> [String: Standing] {
        guard let last = ids.last else { return [:] }
        // The list is filled up to a power of two with its last id, so that a few statements serve every length.
        var size = 1
        while size < ids.count { size *= 2 }
        let values = ids.map(SQLValue.text) + Array(repeating: .text(last), count: size - ids.count)
        let places = (1...size).map { "$\($0)" }.joined(separator: ", ")
        var standings: [String: Standing] = [:]
        try connection.forEachRow(
            "SELECT order_id, client_id, status FROM orders WHERE order_id IN (\(places))", values
        ) { row in
            standings[try row.text("order_id")] = Standing(
                clientID: try row.text("client_id"), status: try row.word("status"))
        }
        return standings
    }

    /// The number of the journal's last entry; every change of an order has one, written with it.
    package func position() throws -> Int64 {
        try connection.query("SELECT COALESCE(MAX(entry_id), 0) AS position FROM journal")[0].integer("position")
    }

    /// The orders whose journal was added to after `position`, and the number of the last entry looked at.
    /// - Parameter limit: how many entries to look at; when there are more, the next call goes on.
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

    /// Records that a guest has looked at the order, unless one has before.
    package func recordView(orderID: String, at instant: Instant) throws {
        try connection.execute(
            "INSERT INTO order_views (order_id, viewed_at) VALUES ($1, $2) ON CONFLICT (order_id) DO NOTHING",
            [.text(orderID), .instant(instant)])
    }

    package func isViewed(orderID: String) throws -> Bool {
        try !connection.query("SELECT 1 AS found FROM order_views WHERE order_id = $1", [.text(orderID)]).isEmpty
    }
}
