package import QRPayDomain
package import SQLKit

/// What there is how often: the counts that monitoring asks for.
package struct FigureRepository {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package struct TaskCount: Hashable, Sendable {
        package var kind: TaskKind
        /// As it stands in the table: a waiting task is `ready`, also before it is due.
        package var state: TaskState
        package var count: Int
    }

    /// Orders by status.
    package func orders() throws -> [OrderStatus: Int] {
        var counts: [OrderStatus: Int] = [:]
        try connection.forEachRow("SELECT status, COUNT(*) AS count FROM orders GROUP BY status", []) { row in
            counts[try row.word("status")] = try row.number("count")
        }
        return counts
    }

    /// Orders that a guest has looked at.
    package func viewedOrders() throws -> Int { try count("SELECT COUNT(*) AS count FROM order_views") }

    /// Operations of a kind that ended without success.
    package func failedOperations(_ kind: PaymentOperation.Kind) throws -> Int {
        try count(
            "SELECT COUNT(*) AS count FROM operations WHERE kind = $1 AND status IN ('failed', 'voided', 'lapsed')",
            [.text(kind.rawValue)])
    }

    /// Cashback entries asked for before `instant` that the cashback service has not confirmed.
    package func cashbackEntriesUnconfirmed(since instant: Instant) throws -> Int {
        try count(
            "SELECT COUNT(*) AS count FROM cashback_entries WHERE is_posted = 0 AND created_at <= $1",
            [.instant(instant)])
    }

    /// Unfinished tasks by kind and state.
    package func tasks() throws -> [TaskCount] {
        try connection.query("SELECT kind, state, COUNT(*) AS count FROM \(Self.unfinished) GROUP BY kind, state").map {
            TaskCount(kind: try $0.word("kind"), state: try $0.word("state"), count: try $0.number("count"))
        }
    }

    /// Unfinished tasks of more than `attempts` attempts, by kind.
    package func tasks(beyondAttempts attempts: Int) throws -> [TaskKind: Int] {
        try byKind("attempts > $1", [.integer(attempts)])
    }

    /// Unfinished tasks that are tried since before `instant`, or due since before it and untried, by kind.
    package func tasks(unfinishedSince instant: Instant) throws -> [TaskKind: Int] {
        try byKind("CASE WHEN attempts > 0 THEN created_at ELSE due_at END <= $1", [.instant(instant)])
    }

    // Two partial indices serve the halves, however many tasks are done.
    private static let unfinished = """
        (SELECT * FROM tasks WHERE state IN ('ready', 'running') UNION ALL SELECT * FROM tasks WHERE state = 'stuck')
        """

    private func byKind(_ condition: String, _ parameters: [SQLValue]) throws -> [TaskKind: Int] {
        var counts: [TaskKind: Int] = [:]
        try connection.forEachRow(
            "SELECT kind, COUNT(*) AS count FROM \(Self.unfinished) WHERE \(condition) GROUP BY kind", parameters
        ) { row in counts[try row.word("kind")] = try row.number("count") }
        return counts
    }

    private func count(_ sql: String, _ parameters: [SQLValue] = []) throws -> Int {
        try connection.query(sql, parameters)[0].number("count")
    }
}
