package import QRPayDomain
import SQLKit

extension TaskFigures {
    /// Unfinished tasks of one kind in one state that failed with the same last.
    package struct Remainder: Hashable, Sendable {
        package var kind: TaskKind
        package var state: TaskState
        /// Nil when nothing was tried since they were staged or pushed.
        package var errorClass: String?
        package var count: Int
        /// The earliest time that their state is about: they are due then, gave up, or their lease lapses.
        package var earliest: Instant
    }

    /// What is unfinished of some kinds, what needs somebody's attention first.
    package func remainders(of kinds: [TaskKind], at instant: Instant) throws -> [Remainder] {
        var remainders: [Remainder] = []
        for (state, condition) in Self.unfinished {
            try connection.forEachRow(
                """
                SELECT \(Self.kind) AS kind, CASE WHEN attempts > 0 THEN error_class END AS error_class,
                    COUNT(*) AS count, MIN(due_at) AS earliest
                FROM tasks WHERE \(condition) GROUP BY 1, 2
                """, condition.contains("$1") ? [.instant(instant)] : []
            ) { row in
                remainders.append(
                    Remainder(
                        kind: try row.word("kind"), state: state, errorClass: try row.optionalText("error_class"),
                        count: try row.number("count"), earliest: try row.instant("earliest")))
            }
        }
        return remainders.filter { kinds.contains($0.kind) }
    }
}
