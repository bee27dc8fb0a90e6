package import PaymentCore
package import SQLKit
package import WorldKit

/// Aggregate counts exported to monitoring.
package struct FigureRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Orders by status.
    package func orders() throws -> [OrderStatus: Int] {
        var counts: [OrderStatus: Int] = [:]
        try connection.forEachRow("SELECT status, COUNT(*) AS count FROM orders GROUP BY status", []) { row in
            counts[try row.word("status")] = try row.number("count")
        }
        return counts
    }

    /// Orders that a guest has viewed.
    package func viewedOrders() throws -> Int { try count("SELECT COUNT(*) AS count FROM order_views") }

    /// Operations of a kind that ended without success.
    package func failedOperations(_ kind: PaymentOperation.Kind) throws -> Int {
        try count(
            "SELECT COUNT(*) AS count FROM operations WHERE kind = $1 AND status IN ('failed', 'voided', 'lapsed')",
            [.text(kind.rawValue)])
    }

    /// Cashback entries requested before `instant` that the cashback service has not confirmed.
    package func cashbackEntriesUnconfirmed(since instant: Instant) throws -> Int {
        try count(
            "SELECT COUNT(*) AS count FROM cashback_entries WHERE is_posted = 0 AND created_at <= $1",
            [.instant(instant)])
    }

    private func count(_ sql: String, _ parameters: [SQLValue] = []) throws -> Int {
        try connection.query(sql, parameters)[0].number("count")
    }
}
