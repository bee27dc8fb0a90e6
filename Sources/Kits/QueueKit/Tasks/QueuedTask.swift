package import WorldKit

/// One unit of deferred work.
package struct QueuedTask: Hashable, Sendable {
    package var taskID: Int64
    package var kind: TaskKind
    /// Unique together with ``kind``: enqueueing it twice yields one task.
    package var key: String
    /// Its arguments, by name.
    package var payload: [String: String]
    /// What it is about.
    package var tags: [TaskTag: String]
    package var state: TaskState
    package var attempts: Int
    /// Attempts answered "not yet".
    package var polls: Int
    /// When it may run next; for a task just claimed, when it was due.
    package var nextAttemptAt: Instant
    /// The worker that runs it; nil unless running.
    package var leasedBy: String?
    package var leaseExpiresAt: Instant?
    /// Grows with every claim; only the holder of the current number can finish the task.
    package var fence: Int64
    package var errorClass: String?
    package var errorMessage: String?
    package var createdAt: Instant
    package var updatedAt: Instant
    /// For a stuck task claimed by hand: since when it was stuck.
    package var stuckSince: Instant?

    /// Whether it can be given a fresh set of attempts: it is neither running nor done, and
    /// waits for no other task.
    var isRequeueable: Bool { ![.running, .waiting, .done].contains(state) }

    /// The time of its state: when it is due, since when it runs, when it became stuck or ended.
    package var stateAt: Instant {
        switch state {
        // A stuck task was due for the last time then; later requeues and cancellations do not change that.
        case .scheduled, .ready, .waiting, .stuck: nextAttemptAt
        case .running, .done, .canceled: updatedAt
        }
    }
}

extension QueuedTask {
    /// A task that is run without being in a queue, for the first time.
    package init(unqueued request: TaskRequest, at now: Instant) {
        self.init(
            taskID: 0, kind: request.kind, key: request.key, payload: request.payload, tags: request.tags,
            state: .running, attempts: 1, polls: 0, nextAttemptAt: request.dueAt, leasedBy: nil, leaseExpiresAt: nil,
            fence: 0, errorClass: nil, errorMessage: nil, createdAt: now, updatedAt: now, stuckSince: nil)
    }
}

/// A task to be staged with the change that requires it.
package struct TaskRequest: Hashable, Sendable {
    package var kind: TaskKind
    package var key: String
    package var payload: [String: String]
    package var tags: [TaskTag: String]
    package var dueAt: Instant

    package init(
        kind: TaskKind, key: String, payload: [String: String] = [:], tags: [TaskTag: String] = [:], dueAt: Instant
    ) {
        self.kind = kind
        self.key = key
        self.payload = payload
        self.tags = tags
        self.dueAt = dueAt
    }
}
