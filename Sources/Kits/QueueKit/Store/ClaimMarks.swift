import Synchronization
import WorldKit

/// For each kind, where a search for due tasks may start.
///
/// On a server, dead row versions of finished tasks stay in the index until no transaction can see them, and a search
/// for the oldest due task reads them first. A search that starts at the last task found skips them. Marks are only
/// hints: a mark expires after a second, and as soon as a search has found fewer tasks than it asked for, so that
/// earlier tasks are found too.
final class ClaimMarks: Sendable {
    private struct Mark {
        var low: Instant
        /// When the mark expires.
        var end: Instant
    }

    private static let seconds = 1.0
    private let marks = Mutex<[TaskKind: Mark]>([:])

    func low(_ kind: TaskKind, at now: Instant) -> Instant? {
        marks.withLock { marks in marks[kind].flatMap { now < $0.end ? $0.low : nil } }
    }

    /// - Parameter isComplete: whether the search found all the tasks that it asked for.
    func note(_ tasks: [QueuedTask], isComplete: Bool, at now: Instant) {
        marks.withLock { marks in
            guard isComplete else { return marks.removeAll() }
            for task in tasks {
                let end =
                    marks[task.kind].flatMap { now < $0.end ? $0.end : nil } ?? now.advanced(bySeconds: Self.seconds)
                marks[task.kind] = Mark(
                    low: max(task.nextAttemptAt, marks[task.kind]?.low ?? task.nextAttemptAt), end: end)
            }
        }
    }
}
