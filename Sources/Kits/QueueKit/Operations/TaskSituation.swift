package import WorldKit

/// What is known of a task and around it, to judge why it is in its state and what would help.
package struct TaskSituation: Sendable {
    package var task: QueuedTask
    package var policy: RetryPolicy
    /// The pause of its kind; nil when it is not paused.
    package var pause: TaskPause?
    /// The number of most recent attempts in a row that failed with the task's error, and since when.
    package var failures: Int
    package var failingSince: Instant?
    /// Other unfinished tasks of the kind that failed with the same error.
    package var alike: Int
    /// When a task of the kind last succeeded.
    package var lastDone: Instant?
    /// Its requeues and cancellations that were not undone, oldest first.
    package var changes: [TaskChange]
    /// Whether the worker that leases it is known to be dead.
    package var isHolderDead: Bool
    /// For a waiting task, the oldest unfinished or stuck one of its sequence.
    package var waitsFor: QueuedTask?
    package var now: Instant

    /// The last requeue, when there was no attempt since.
    package var freshRequeue: TaskChange? {
        guard task.attempts == 0, let last = changes.last, last.action == .requeue else { return nil }
        return last
    }

    /// Whether the last attempt failed, rather than waited, and the task is not finished.
    package var isFailing: Bool {
        guard !task.state.isFinal, let errorClass = task.errorClass else { return false }
        return !AttemptClass.waiting.contains(errorClass) && failingSince != nil
    }

    /// Whether a requeue is harmless now: effects are keyed and happen once, but running and done tasks are left alone.
    package var isSafeToRequeue: Bool { task.isRequeueable }
}

extension TaskQueue {
    /// - Parameter isAlive: whether a worker may still be running, as far as this machine knows.
    /// - Throws: ``TaskError/notFound(_:)``.
    package func situation(
        of taskID: Int64, isAlive: @escaping @Sendable (_ worker: String) -> Bool = { _ in true }
    ) async throws -> TaskSituation {
        let now = world.now()
        return try await store.read { [registry] tasks in
            guard let task = try tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            let attempts = try tasks.attempts(taskID: taskID)
            let failures = attempts.reversed().prefix { $0.errorClass == task.errorClass }
            var alike = TaskFilter()
            alike.kinds = [task.kind]
            alike.states = [.stuck, .scheduled, .ready]
            alike.errorClass = task.errorClass
            let count = try tasks.counts(alike, by: .kind, at: now).reduce(0) { $0 + $1.count }
            return TaskSituation(
                task: task, policy: registry.retryPolicy(task.kind),
                pause: try tasks.pausesInForce().first { $0.kind == task.kind },
                failures: failures.count, failingSince: failures.last?.at,
                alike: task.errorClass == nil ? 0 : max(0, count - (task.state == .running ? 0 : 1)),
                lastDone: try TaskFigures(tasks).lastDone(task.kind),
                changes: try tasks.changes(taskID: taskID).filter { $0.undoneAt == nil },
                isHolderDead: task.leasedBy.map { !isAlive($0) } ?? false,
                waitsFor: try tasks.predecessor(of: task, at: now), now: now)
        }
    }
}
