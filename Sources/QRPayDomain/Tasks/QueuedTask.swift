/// What a task does.
package enum TaskKind: String, CaseIterable, Codable, Sendable {
    /// Brings a payment, a refund or a void to its end.
    case paymentSettle = "payment.settle"
    /// Accrues or claws back.
    case cashbackAccrue = "cashback.accrue"
    /// Polls for a receipt document, renders it, stores it, records it.
    case receiptFetch = "receipt.fetch"
    /// Closes an unpaid order at its TTL.
    case orderExpire = "order.expire"
}

package enum TaskState: String, CaseIterable, Codable, Sendable {
    /// Its next attempt lies in the future.
    case scheduled
    /// Due, waiting for a worker.
    case ready
    /// Leased to a worker.
    case running
    case done
    /// Gave up after the policy's attempts.
    case stuck
    case canceled

    package var isFinal: Bool { self == .done || self == .canceled }
}

/// One unit of deferred work.
package struct QueuedTask: Hashable, Sendable {
    package var taskID: Int64
    package var kind: TaskKind
    /// With ``kind`` unique: enqueueing it twice is one task.
    package var key: String
    /// Its arguments, by name.
    package var payload: [String: String]
    package var orderID: String?
    package var clientID: String?
    package var state: TaskState
    package var attempts: Int
    /// Attempts answered "not yet".
    package var polls: Int
    package var nextAttemptAt: Instant
    /// Who runs it; nil unless running.
    package var leasedBy: String?
    package var leaseExpiresAt: Instant?
    /// Grows with every claim; only the holder of the current number can finish the task.
    package var fence: Int64
    package var errorClass: String?
    package var errorMessage: String?
    package var createdAt: Instant
    package var updatedAt: Instant

    package init(
        taskID: Int64, kind: TaskKind, key: String, payload: [String: String], orderID: String?, clientID: String?,
        state: TaskState, attempts: Int, polls: Int, nextAttemptAt: Instant, leasedBy: String?,
        leaseExpiresAt: Instant?, fence: Int64, errorClass: String?, errorMessage: String?, createdAt: Instant,
        updatedAt: Instant
    ) {
        self.taskID = taskID
        self.kind = kind
        self.key = key
        self.payload = payload
        self.orderID = orderID
        self.clientID = clientID
        self.state = state
        self.attempts = attempts
        self.polls = polls
        self.nextAttemptAt = nextAttemptAt
        self.leasedBy = leasedBy
        self.leaseExpiresAt = leaseExpiresAt
        self.fence = fence
        self.errorClass = errorClass
        self.errorMessage = errorMessage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One attempt that did not finish its task, kept for good.
package struct TaskAttempt: Hashable, Sendable {
    package var taskID: Int64
    package var attempt: Int
    package var at: Instant
    package var worker: String
    package var errorClass: String
    package var message: String

    package init(taskID: Int64, attempt: Int, at: Instant, worker: String, errorClass: String, message: String) {
        self.taskID = taskID
        self.attempt = attempt
        self.at = at
        self.worker = worker
        self.errorClass = errorClass
        self.message = message
    }
}

/// A task to be staged with the change that calls for it.
package struct TaskRequest: Hashable, Sendable {
    package var kind: TaskKind
    package var key: String
    package var payload: [String: String]
    package var orderID: String?
    package var clientID: String?
    package var dueAt: Instant

    package init(
        kind: TaskKind, key: String, payload: [String: String] = [:], orderID: String? = nil, clientID: String? = nil,
        dueAt: Instant
    ) {
        self.kind = kind
        self.key = key
        self.payload = payload
        self.orderID = orderID
        self.clientID = clientID
        self.dueAt = dueAt
    }
}
