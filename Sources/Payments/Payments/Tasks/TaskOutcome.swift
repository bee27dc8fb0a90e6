package import PaymentCore
package import WorldKit

/// How an attempt of a task ended, when it did not throw.
package enum TaskOutcome: Hashable, Sendable {
    case done
    /// Nothing is wrong, the answer is just not there: why, and when to look again at the latest.
    case notYet(String, latest: Instant? = nil)
    /// Nothing to do before that instant.
    case at(Instant)
}

/// Why a task cannot be run or changed.
package enum TaskError: Error, Hashable, Sendable {
    case notFound(Int64)
    case badPayload(TaskKind, String)
    /// Tasks chosen by no filter would mean every task.
    case emptyFilter
    /// Its state forbids it.
    case cannotRun(QueuedTask)
    /// The tasks that match are not the ones that were shown.
    case otherScope(expected: String, found: String)
    case noSuchBatch(String)
    case notPaused(TaskKind)
}
