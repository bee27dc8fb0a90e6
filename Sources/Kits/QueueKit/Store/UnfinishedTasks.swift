import SQLKit
package import WorldKit

/// Unfinished tasks of one kind in one state that failed with the same error.
package struct UnfinishedTasks: Hashable, Sendable {
    package var kind: TaskKind
    package var state: TaskState
    /// Their last error; nil when there was no attempt since they were staged or requeued.
    package var errorClass: String?
    package var count = 0
    /// When the first of them is due, became stuck, or its lease expires.
    package var firstDue: Instant
    /// The earliest last update among them.
    package var firstTouched: Instant
    /// When the oldest was created.
    package var oldest: Instant
    /// The largest number of attempts among them.
    package var attempts: Int
    /// How many have more attempts than allowed, and how many are older.
    package var overAttempts: Int
    package var overAge: Int

    /// Since when the longest waiting one is due, running or stuck; nil for those that are not to run yet.
    package var since: Instant? {
        switch state {
        case .scheduled, .waiting: nil
        case .running: firstTouched
        case .ready, .stuck, .done, .canceled: firstDue
        }
    }
}

extension TaskFigures {
    /// Unfinished tasks, most urgent first, in one pass that does not depend on the number of done tasks.
    ///
    /// A task is too old when it was staged before `start` and was ever tried, or is due since before it and was never
    /// tried; a requeue makes it no younger.
    /// - Parameters:
    ///   - limit: more attempts than this are too many.
    ///   - start: older tasks are too old.
    package func unfinished(
        at instant: Instant, attempts limit: Int = .max, since start: Instant? = nil
    ) throws -> [UnfinishedTasks] {
        // One index per state.
        var states: [(TaskState, condition: String)] = [
            (.stuck, "state = 'stuck'"), (.running, "state = 'running'"),
            (.ready, "state = 'ready' AND due_at <= $3"), (.scheduled, "state = 'ready' AND due_at > $3"),
        ]
        if hasSequence { states.append((.waiting, "state = 'waiting'")) }
        let limits: [SQLValue] = [.integer(limit), .instant(start ?? Instant(microseconds: .min))]
        var tasks: [UnfinishedTasks] = []
        for (state, condition) in states {
            try connection.forEachRow(
                """
                SELECT \(Self.kind) AS kind, CASE WHEN attempts > 0 THEN error_class END AS error_class,
                    COUNT(*) AS count,
                    MIN(due_at) AS first_due, MIN(updated_at) AS first_touched, MIN(created_at) AS oldest,
                    MAX(attempts) AS attempts, SUM(CASE WHEN attempts > $1 THEN 1 ELSE 0 END) AS over_attempts,
                    SUM(CASE WHEN CASE WHEN attempts > 0 OR is_kept = 1 THEN created_at ELSE due_at END <= $2
                        THEN 1 ELSE 0 END) AS over_age
                FROM tasks WHERE \(condition) GROUP BY 1, 2
                """, limits + (condition.contains("$3") ? [.instant(instant)] : [])
            ) { row in
                tasks.append(
                    UnfinishedTasks(
                        kind: try row.word("kind"), state: state, errorClass: try row.optionalText("error_class"),
                        count: try row.number("count"), firstDue: try row.instant("first_due"),
                        firstTouched: try row.instant("first_touched"), oldest: try row.instant("oldest"),
                        attempts: try row.number("attempts"), overAttempts: try row.number("over_attempts"),
                        overAge: try row.number("over_age")))
            }
        }
        return tasks
    }

    /// Not the bare column: the planner would choose the index on (kind, key) and read every task ever created.
    private static let kind = "COALESCE(kind, '')"
}
