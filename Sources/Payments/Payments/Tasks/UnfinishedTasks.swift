package import PaymentCore
import SQLKit
package import WorldKit

/// Unfinished tasks of one kind in one state that failed with the same.
package struct UnfinishedTasks: Hashable, Sendable {
    package var kind: TaskKind
    package var state: TaskState
    /// What they failed with last; nil when nothing was tried since they were staged or pushed.
    package var errorClass: String?
    package var count = 0
    /// When the first of them is due, gave up, or its lease lapses.
    package var firstDue: Instant
    /// When the one that was touched longest ago was.
    package var firstTouched: Instant
    /// When the oldest was created.
    package var oldest: Instant
    /// The most that one of them had.
    package var attempts: Int
    /// How many have more attempts than allowed, and how many are older.
    package var overAttempts: Int
    package var overAge: Int

    /// Since when the one that waits longest is due, runs, or gave up; nil of scheduled ones.
    package var since: Instant? {
        switch state {
        case .scheduled: nil
        case .running: firstTouched
        case .ready, .stuck, .done, .canceled: firstDue
        }
    }
}

extension TaskFigures {
    /// What is unfinished, what needs somebody's attention first, in one pass over it however much is done.
    ///
    /// A task is too old when it was staged before `start` and ever tried, or is due since before it and was never tried;
    /// to push it again makes it no younger.
    /// - Parameters:
    ///   - limit: more attempts than that are too many.
    ///   - start: what is older is too old.
    package func unfinished(
        at instant: Instant, attempts limit: Int = .max, since start: Instant? = nil
    ) throws -> [UnfinishedTasks] {
        // An index for each state.
        let states: [(TaskState, condition: String)] = [
            (.stuck, "state = 'stuck'"), (.running, "state = 'running'"),
            (.ready, "state = 'ready' AND due_at <= $3"), (.scheduled, "state = 'ready' AND due_at > $3"),
        ]
        let limits: [SQLValue] = [.integer(limit), .instant(start ?? Instant(microseconds: .min))]
        var tasks: [UnfinishedTasks] = []
        for (state, condition) in states {
            try connection.forEachRow(
                """
                SELECT \(Self.kind) AS kind, CASE WHEN attempts > 0 THEN error_class END AS error_class, COUNT(*) AS count,
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

    /// Not the bare column: the index on (kind, key) would be taken, and read every task there ever was.
    private static let kind = "COALESCE(kind, '')"
}
