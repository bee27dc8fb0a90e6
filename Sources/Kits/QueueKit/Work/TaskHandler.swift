package import SQLKit
package import WorldKit

/// What the application knows of one kind of task.
package struct TaskHandler: Sendable {
    package var kind: TaskKind
    package var retryPolicy: RetryPolicy
    /// Runs one attempt; throws what prevented its completion.
    package var run: @Sendable (QueuedTask) async throws -> TaskOutcome

    package init(
        _ kind: TaskKind, retryPolicy: RetryPolicy, run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome
    ) {
        self.kind = kind
        self.retryPolicy = retryPolicy
        self.run = run
    }
}

/// The handlers of all kinds of tasks, and what else the queue asks the application.
package struct TaskRegistry: Sendable {
    /// Of kinds without a handler.
    private static let fallback = RetryPolicy(
        polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 3600, maxAttempts: 20)

    /// In the order in which kinds are listed.
    package let handlers: [TaskHandler]
    private let byKind: [TaskKind: TaskHandler]
    /// Records an event of tasks in the application's own history, in the transaction that makes it.
    package var record: @Sendable (TaskEvent, [TaskReference], Instant, any SQLConnection) throws -> Void = {
        _, _, _, _ in
    }
    /// What a failed attempt leaves behind.
    package var failure: @Sendable (any Error) -> TaskFailure = { error in
        error as? TaskFailure ?? TaskFailure(errorClass: "error", message: "\(error)")
    }

    /// - Parameter handlers: at most one for each kind; of two, the first counts.
    package init(_ handlers: [TaskHandler]) {
        self.handlers = handlers
        byKind = Dictionary(handlers.map { ($0.kind, $0) }) { first, _ in first }
    }

    package var kinds: [TaskKind] { handlers.map(\.kind) }

    package func retryPolicy(_ kind: TaskKind) -> RetryPolicy { byKind[kind]?.retryPolicy ?? Self.fallback }

    func run(_ task: QueuedTask) async throws -> TaskOutcome {
        guard let handler = byKind[task.kind] else { throw TaskError.noHandler(task.kind) }
        return try await handler.run(task)
    }
}

/// A task, for a history that is not the queue's.
package struct TaskReference: Hashable, Sendable {
    package var taskID: Int64
    package var kind: TaskKind
    package var tags: [TaskTag: String]

    init(_ task: QueuedTask) {
        taskID = task.taskID
        kind = task.kind
        tags = task.tags
    }
}

/// What an application may want to record of its tasks.
package enum TaskEvent: Sendable {
    case requeued(RequeueRequest)
    case canceled(RequeueRequest)
    /// A requeue or a cancellation was undone.
    case changeUndone(RequeueRequest)
    /// It became stuck, because only an operator can help.
    case needsOperator(TaskFailure)
}
