import Synchronization
import WorldKit

/// From where on the tasks of each kind that are due may be looked for.
///
/// On a server, the versions of tasks that have ended stay in the index for as long as any transaction may see
/// them, and they are the first that a search for the oldest due task meets. A search that begins at the last task
/// found passes over them. Marks are only hints: one is forgotten after a second, and as soon as a search has found
/// less than it asked for, so that tasks before it are found too.
final class ClaimMarks: Sendable {
    private struct Mark {
        var low: Instant
        /// When it is forgotten.
        var end: Instant
    }

    private static let seconds = 1.0
    private let marks = Mutex<[TaskKind: Mark]>([:])

    func low(_ kind: TaskKind, at now: Instant) -> Instant? {
        marks.withLock { marks in marks[kind].flatMap { now < $0.end ? $0.low : nil } }
    }

    /// - Parameter isComplete: whether as many tasks were found as were asked for.
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
