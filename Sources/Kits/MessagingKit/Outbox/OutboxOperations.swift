import SQLKit
package import WorldKit

/// Selects rows of the outbox; all conditions that are set must hold.
package struct OutboxFilter: Hashable, Sendable {
    package var ids: [String] = []
    package var states: [OutboxEntry.State] = []
    /// For example those that a queue is bound to.
    package var types: [String] = []
    package var exchange: String?
    package var key: String?
    package var correlationID: String?
    /// Added at or after.
    package var since: Instant?
    /// Added before.
    package var until: Instant?
    package var limit: Int?

    package init() {}

    /// Whether no condition is set: every row matches.
    package var isEmpty: Bool {
        var open = self
        open.limit = nil
        return open == OutboxFilter()
    }

    fileprivate var clauses: SQLClauses {
        var clauses = SQLClauses()
        clauses.add("id", in: ids.map { .text($0) })
        clauses.add("state", in: states.map { .text($0.rawValue) })
        clauses.add("type", in: types.map { .text($0) })
        clauses.add("exchange = ", exchange.map(SQLValue.text))
        clauses.add("key = ", key.map(SQLValue.text))
        clauses.add("correlation_id = ", correlationID.map(SQLValue.text))
        clauses.add("created_at >= ", since.map(SQLValue.instant))
        clauses.add("created_at < ", until.map(SQLValue.instant))
        return clauses
    }
}

/// Operations for operators.
extension Outbox {
    /// In the order of their positions.
    package func list(_ filter: OutboxFilter) throws -> [OutboxEntry] {
        var clauses = filter.clauses
        let limit = filter.limit.map { "LIMIT " + clauses.bind(.integer($0)) } ?? ""
        return try connection.query(
            "SELECT * FROM outbox \(clauses.text) ORDER BY position \(limit)", clauses.parameters
        ).map { try OutboxEntry($0) }
    }

    /// Sends rows again that were sent, parked or skipped, under their ids: receivers drop what they know.
    /// - Returns: how many.
    @discardableResult
    package func resend(_ filter: OutboxFilter) throws -> Int {
        var clauses = filter.clauses
        clauses.add("state IN ('sent', 'parked', 'skipped')")
        let limit = clauses.bind(.integer(filter.limit ?? .max))
        return try connection.execute(
            """
            UPDATE outbox SET state = 'unsent', rejections = 0, retry_at = NULL, settled_at = NULL
            WHERE position IN (SELECT position FROM outbox \(clauses.text) ORDER BY position LIMIT \(limit))
            """, clauses.parameters)
    }

    /// Skips rows that were not sent, so that those behind them can be.
    /// - Returns: how many.
    @discardableResult
    package func skip(ids: [String], at now: Instant) throws -> Int {
        try takeTurns()
        var keys: Set<String> = []
        var count = 0
        for id in ids {
            let rows = try connection.query(
                """
                UPDATE outbox SET state = 'skipped', settled_at = $2, retry_at = NULL
                WHERE id = $1 AND state IN ('unsent', 'waiting', 'parked') RETURNING key
                """, [.text(id), .instant(now)])
            count += rows.count
            for row in rows { keys.insert(try row.text("key")) }
        }
        try release(keys)
        return count
    }

    /// Rows that are not sent, grouped by state and error.
    package struct Backlog: Hashable, Sendable {
        package var state: OutboxEntry.State
        package var exchange: String
        package var type: String
        package var error: String?
        package var count: Int
        /// When the oldest was added.
        package var oldest: Instant
    }

    /// What is unsent, waits or is parked; largest group first.
    package func backlog() throws -> [Backlog] {
        var groups: [Backlog] = []
        // One index per state.
        for state in [OutboxEntry.State.parked, .waiting, .unsent] {
            try connection.forEachRow(
                """
                SELECT exchange, type, error, COUNT(*) AS count, MIN(created_at) AS oldest FROM outbox
                WHERE state = '\(state.rawValue)' GROUP BY exchange, type, error
                """, []
            ) { row in
                groups.append(
                    Backlog(
                        state: state, exchange: try row.text("exchange"), type: try row.text("type"),
                        error: try row.optionalText("error"), count: try row.number("count"),
                        oldest: try row.instant("oldest")))
            }
        }
        return groups.sorted { ($1.count, $0.type) < ($0.count, $1.type) }
    }
}
