package import QRPayDomain
package import SQLKit

/// What the queue is like: the counts that operators and their monitoring ask for.
package struct TaskFigures {
    let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Not the bare column: the index on (kind, key) would be taken, and read every task there ever was.
    static let kind = "COALESCE(kind, '')"

    /// How the states of unfinished tasks stand in the table, what needs somebody's attention first; $1 is now.
    static let unfinished: [(TaskState, condition: String)] = [
        (.stuck, "state = 'stuck'"), (.running, "state = 'running'"),
        (.ready, "state = 'ready' AND due_at <= $1"), (.scheduled, "state = 'ready' AND due_at > $1"),
    ]

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
        try Self.unfinished.flatMap { state, condition in
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

    /// How many tasks were staged so far. It may begin anew when all of them have been removed.
    package func staged() throws -> Int {
        try connection.query("SELECT COALESCE(MAX(task_id), 0) AS count FROM tasks")[0].number("count")
    }

    /// Unfinished tasks of more than `attempts` attempts, by kind.
    package func tasks(beyondAttempts attempts: Int) throws -> [TaskKind: Int] {
        try unfinished("attempts > $1", [.integer(attempts)])
    }

    /// Unfinished tasks that were staged before `instant` and ever tried, or due since before it and never tried, by kind.
    ///
    /// To push a task again makes it no younger.
    package func tasks(unfinishedSince instant: Instant) throws -> [TaskKind: Int] {
        try unfinished(
            "CASE WHEN attempts > 0 OR is_kept = 1 THEN created_at ELSE due_at END <= $1", [.instant(instant)])
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

    /// How many tasks of a kind ended well since each of some instants, the latest of which comes first.
    package func done(_ kind: TaskKind, since instants: [Instant]) throws -> [Int] {
        var counts: [Int] = []
        var end = Instant(microseconds: .max)
        for instant in instants {
            // A plain count of a range of the index, each part of it once.
            let count = try connection.query(
                """
                SELECT COUNT(*) AS count FROM tasks
                WHERE state = 'done' AND kind = $1 AND updated_at >= $2 AND updated_at < $3
                """, [.text(kind.rawValue), .instant(instant), .instant(end)])[0].number("count")
            counts.append((counts.last ?? 0) + count)
            end = instant
        }
        return counts
    }

    /// When a task of the kind last ended well; nil when none is known.
    package func lastDone(_ kind: TaskKind) throws -> Instant? {
        try connection.query(
            "SELECT MAX(updated_at) AS at FROM tasks WHERE state = 'done' AND kind = $1", [.text(kind.rawValue)]
        )[0].optionalInstant("at")
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
