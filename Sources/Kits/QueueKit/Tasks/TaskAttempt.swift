package import WorldKit

/// One attempt that did not finish its task, kept permanently.
package struct TaskAttempt: Hashable, Sendable {
    package var taskID: Int64
    package var attempt: Int
    package var at: Instant
    package var worker: String
    package var errorClass: String
    package var message: String
}

/// The classes of unfinished attempts, in addition to the codes of errors.
package enum AttemptClass {
    /// The answer is not available yet; not an error.
    package static let notYet = "not_yet"
    /// It is too early; not an error.
    package static let notDue = "not_due"
    /// The worker died, or did not finish within its lease.
    package static let workerLost = "worker_lost"
    /// The worker was stopped, and the attempt did not end in time.
    package static let interrupted = "interrupted"

    /// The classes of attempts that are not failures.
    package static let waiting: Set<String> = [notYet, notDue]
}
