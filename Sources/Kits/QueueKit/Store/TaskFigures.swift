import SQLKit
package import WorldKit

/// Queue statistics for operators and monitoring.
package struct TaskFigures {
    let connection: any SQLConnection
    /// Whether tasks of the schema may wait for each other.
    let hasSequence: Bool

    package init(_ tasks: TaskRepository) {
        connection = tasks.connection
        hasSequence = tasks.schema.sequence != nil
    }

    /// How many tasks of a kind succeeded since each of several instants, the latest of which comes first.
    package func done(_ kind: TaskKind, since instants: [Instant]) throws -> [Int] {
        var counts: [Int] = []
        var end = Instant(microseconds: .max)
        for instant in instants {
            // A plain count over the index range, each part of it read once.
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

    /// When a task of the kind last succeeded; nil when none is known.
    package func lastDone(_ kind: TaskKind) throws -> Instant? {
        try connection.query(
            "SELECT MAX(updated_at) AS at FROM tasks WHERE state = 'done' AND kind = $1", [.text(kind.rawValue)]
        )[0].optionalInstant("at")
    }

    /// Tasks that could not be staged, in total and since `instant`, and the last reason.
    package func stagingFailures(since instant: Instant) throws -> StagingFailures {
        let row = try connection.query(
            """
            SELECT COUNT(*) AS total, COALESCE(SUM(CASE WHEN at >= $1 THEN 1 ELSE 0 END), 0) AS recent,
                MAX(at) AS last_at,
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
