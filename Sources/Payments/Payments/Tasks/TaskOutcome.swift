package import PaymentCore
package import WorldKit

/// How an attempt ended that did not throw.
package enum TaskOutcome: Hashable, Sendable {
    case done
    /// No error, but the answer is not available yet: why, and when to poll again at the latest.
    case notYet(String, latest: Instant? = nil)
    /// Nothing to do before that instant.
    case at(Instant)
}

/// Why a task cannot be run or changed.
package enum TaskError: Error, Hashable, Sendable {
    case notFound(Int64)
    case badPayload(TaskKind, String)
    /// An empty filter would select every task.
    case emptyFilter
    /// Its state forbids it.
    case cannotRun(QueuedTask)
    /// The matching tasks are not the ones that were shown.
    case otherScope(expected: String, found: String)
    case noSuchBatch(String)
    case notPaused(TaskKind)
}
