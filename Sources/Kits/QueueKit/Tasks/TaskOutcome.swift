package import WorldKit

/// How an attempt ended that did not throw.
package enum TaskOutcome: Hashable, Sendable {
    case done
    /// No error, but the answer is not available yet: why, and when to poll again at the latest.
    case notYet(String, latest: Instant? = nil)
    /// Nothing to do before that instant.
    case at(Instant)
}

/// How an attempt failed, as the queue records it.
package struct TaskFailure: Error, Hashable, Sendable {
    /// A stable word to group and filter by.
    package var errorClass: String
    package var message: String
    /// Trying again cannot help: the task becomes stuck, and an operator has to look.
    package var needsOperator: Bool

    package init(errorClass: String, message: String, needsOperator: Bool = false) {
        self.errorClass = errorClass
        self.message = message
        self.needsOperator = needsOperator
    }
}

/// Why a task cannot be run or changed.
package enum TaskError: Error, Hashable, Sendable {
    case notFound(Int64)
    /// Its arguments, by its kind and key, are not what its handler expects.
    case badPayload(TaskKind, String)
    case noHandler(TaskKind)
    /// An empty filter would select every task.
    case emptyFilter
    /// Its state forbids it.
    case cannotRun(QueuedTask)
    /// The matching tasks are not the ones that were shown.
    case otherScope(expected: String, found: String)
    case noSuchBatch(String)
    case notPaused(TaskKind)
}
