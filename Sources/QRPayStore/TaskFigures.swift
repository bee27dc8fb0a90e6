package import QRPayDomain
package import SQLKit

/// What the queue is like: the counts that operators and their monitoring ask for.
package struct TaskFigures {
    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Not the bare column: the index on (kind, key) would be taken, and read every task there ever was.
    private static let kind = "COALESCE(kind, '')"

    /// Tasks of one kind in one state.
    package struct Depth: Hashable, Sendable {
        package var kind: TaskKind
        package var state: TaskState
        package var count: Int
        /// When the one that waits longest became due, was claimed, or gave up; nil of scheduled ones.
        package var since: Instant?
    }

    /// Unfinished tasks by kind and state.
    package func depths(at instant: Instant) throws -> [Depth] {
        let states: [(TaskState, condition: String)] = [
            (.stuck, "state = 'stuck'"), (.running, "state = 'running'"),
            (.ready, "state = 'ready' AND due_at <= $1"), (.scheduled, "state = 'ready' AND due_at > $1"),
        ]
        return try states.flatMap { state, condition in
            let usesInstant = condition.contains("$1")
            let since = state == .running ? "updated_at" : "due_at"
            return try connection.query(
                """
                SELECT \(Self.kind) AS kind, COUNT(*) AS count, MIN(\(since)) AS since FROM tasks WHERE \(condition)
                GROUP BY 1
                """, usesInstant ? [.instant(instant)] : []
            ).map { row in
                Depth(
                    kind: try row.word("kind"), state: state, count: try row.number("count"),
                    since: state == .scheduled ? nil : try row.instant("since"))
            }
        }
    }

    /// Unfinished tasks of more than `attempts` attempts, by kind.
    package func tasks(beyondAttempts attempts: Int) throws -> [TaskKind: Int] {
        try unfinished("attempts > $1", [.integer(attempts)])
    }

    /// Unfinished tasks that are tried since before `instant`, or due since before it and untried, by kind.
    package func tasks(unfinishedSince instant: Instant) throws -> [TaskKind: Int] {
        try unfinished("CASE WHEN attempts > 0 THEN created_at ELSE due_at END <= $1", [.instant(instant)])
    }

    // An index for each state, however many tasks are done.
    private func unfinished(_ condition: String, _ parameters: [SQLValue]) throws -> [TaskKind: Int] {
        var counts: [TaskKind: Int] = [:]
        for state in ["ready", "running", "stuck"] {
            try connection.forEachRow(
                """
                SELECT \(Self.kind) AS kind, COUNT(*) AS count FROM tasks WHERE state = '\(state)' AND \(condition)
                GROUP BY 1
                """, parameters
            ) { row in counts[try row.word("kind"), default: 0] += try row.number("count") }
        }
        return counts
    }

    /// How many tasks of a kind ended well since each of some instants.
    package func done(_ kind: TaskKind, since instants: [Instant]) throws -> [Int] {
        guard let earliest = instants.min() else { return [] }
        let sums = instants.indices.map {
            "COALESCE(SUM(CASE WHEN updated_at >= $\($0 + 3) THEN 1 ELSE 0 END), 0) AS sum_\($0)"
        }
        let row = try connection.query(
            """
            SELECT \(sums.joined(separator: ", ")) FROM tasks
            WHERE state = 'done' AND is_kept IN (0, 1) AND updated_at >= $1 AND \(Self.kind) = $2
            """, [.instant(earliest), .text(kind.rawValue)] + instants.map { .instant($0) })[0]
        return try instants.indices.map { try row.number("sum_\($0)") }
    }

    /// When a task of the kind last ended well; nil when none is known.
    package func lastDone(_ kind: TaskKind) throws -> Instant? {
        try connection.query(
            """
            SELECT MAX(updated_at) AS at FROM (
                SELECT * FROM (SELECT updated_at FROM tasks WHERE state = 'done' AND is_kept = 0 AND \(Self.kind) = $1
                    ORDER BY updated_at DESC LIMIT 1) AS plain
                UNION ALL
                SELECT * FROM (SELECT updated_at FROM tasks WHERE state = 'done' AND is_kept = 1 AND \(Self.kind) = $1
                    ORDER BY updated_at DESC LIMIT 1) AS kept) AS newest
            """, [.text(kind.rawValue)])[0].optionalInstant("at")
    }

    /// Seconds from the document to its receipt, of the receipts stored since `instant`, shortest first.
    package func secondsToReceipt(since instant: Instant) throws -> [Double] {
        var seconds: [Double] = []
        try connection.forEachRow(
            """
            SELECT r.created_at - d.created_at AS microseconds FROM receipts r JOIN documents d USING (order_id, document_id)
            WHERE r.created_at >= $1
            """, [.instant(instant)]
        ) { row in seconds.append(Double(try row.integer("microseconds")) / 1_000_000) }
        return seconds.sorted()
    }

    /// Tasks that could not be staged, ever and since `instant`, and the last reason.
    package func stagingFailures(since instant: Instant) throws -> StagingFailures {
        let row = try connection.query(
            """
            SELECT COUNT(*) AS total, COALESCE(SUM(CASE WHEN at >= $1 THEN 1 ELSE 0 END), 0) AS recent, MAX(at) AS last_at,
                (SELECT message FROM task_staging_failures ORDER BY failure_id DESC LIMIT 1) AS message
            FROM task_staging_failures
            """, [.instant(instant)])[0]
        return StagingFailures(
            total: try row.number("total"), recent: try row.number("recent"),
            lastAt: try row.optionalInstant("last_at"), lastMessage: try row.optionalText("message"))
    }

    package struct StagingFailures: Hashable, Sendable {
        package var total: Int
        package var recent: Int
        package var lastAt: Instant?
        package var lastMessage: String?
    }
}
