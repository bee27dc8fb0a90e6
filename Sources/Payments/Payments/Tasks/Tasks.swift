package import PaymentCore
package import WorldKit

/// Queries the queue, and pauses kinds of tasks.
package struct Tasks: Sendable {
    let services: Services

    package init(_ services: Services) { self.services = services }

    /// Refuses a filter with an unknown order or restaurant, so that a typing error differs from an empty result.
    /// - Throws: ``OrderError/notFound(orderID:)``, ``Problem`` `restaurant_not_found`.
    package func checkNames(in filter: TaskFilter) async throws {
        try await services.store.read { transaction in
            if let orderID = filter.orderID { _ = try transaction.order(orderID) }
            guard let clientID = filter.clientID else { return }
            // A restaurant need not be registered for its orders to be paid.
            var itsOrders = OrderRepository.Filter()
            itsOrders.clientID = clientID
            itsOrders.limit = 1
            if try transaction.orders.orders(itsOrders).isEmpty { _ = try transaction.restaurant(clientID) }
        }
    }

    /// The pauses in force, by kind.
    package func pauses() async throws -> [TaskKind: TaskPause] {
        let pauses = try await services.store.read { try $0.tasks.pausesInForce() }
        return Dictionary(pauses.map { ($0.kind, $0) }) { $1 }
    }

    /// Most urgent first.
    package func list(_ filter: TaskFilter) async throws -> [QueuedTask] {
        let now = services.world.now()
        return try await services.store.read { try $0.tasks.tasks(filter, at: now) }
    }

    /// How many tasks a filter matches, grouped.
    package func counts(_ filter: TaskFilter, by grouping: TaskGrouping) async throws -> [TaskGroup] {
        let now = services.world.now()
        return try await services.store.read { try $0.tasks.counts(filter, by: grouping, at: now) }
    }

    package struct Details: Sendable {
        package var task: QueuedTask
        package var attempts: [TaskAttempt]
        package var changes: [TaskChange]
    }

    package func details(_ taskID: Int64) async throws -> Details {
        let now = services.world.now()
        return try await services.store.read { transaction in
            guard let task = try transaction.tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            return Details(
                task: task, attempts: try transaction.tasks.attempts(taskID: taskID),
                changes: try transaction.tasks.changes(taskID: taskID))
        }
    }

    /// Every attempt that the policy still allows a task, from the next one; none when it waits for nothing.
    /// - Parameters:
    ///   - isNotYet: whether every attempt is answered "not yet"; false when every one fails.
    ///   - limit: at most this many.
    package func schedule(
        of task: QueuedTask, isNotYet: Bool, limit: Int
    ) -> (start: Instant, attempts: [PlannedAttempt])? {
        guard task.state == .scheduled || task.state == .ready else { return nil }
        let attempts = services.settings.retryPolicy(task.kind)
            .schedule(attempts: task.attempts, polls: task.polls, isNotYet: isNotYet, limit: limit)
        return (max(task.nextAttemptAt, services.world.now()), attempts)
    }

    /// Unfinished tasks of some kinds, and the pauses that hold them back.
    package func remainders(of kinds: [TaskKind]) async throws -> [TaskRemainder] {
        let now = services.world.now()
        return try await services.store.read { transaction in
            let pauses = try transaction.tasks.pausesInForce()
            return try transaction.taskFigures.unfinished(at: now).filter { kinds.contains($0.kind) }.map { tasks in
                TaskRemainder(tasks: tasks, pause: pauses.first { $0.kind == tasks.kind })
            }
        }
    }

    // MARK: Pausing

    /// Stops all workers from taking tasks of a kind; running tasks are finished.
    /// - Returns: the pause in force, and whether this call created it.
    package func pause(
        _ kind: TaskKind, reason: String, actor: Actor = .support
    ) async throws -> (pause: TaskPause, isNew: Bool) {
        let now = services.world.now()
        return try await services.store.write { transaction in
            let isNew = try transaction.tasks.pause(kind, by: actor, reason: reason, at: now)
            guard let pause = try transaction.tasks.pauses(of: kind).last else { throw TaskError.notPaused(kind) }
            return (pause, isNew)
        }
    }

    /// Lets workers take tasks of a kind again.
    /// - Returns: the ended pause.
    /// - Throws: ``TaskError/notPaused(_:)``.
    package func resume(_ kind: TaskKind, actor: Actor = .support) async throws -> TaskPause {
        let now = services.world.now()
        return try await services.store.write { transaction in
            guard try transaction.tasks.resume(kind, by: actor, at: now),
                let pause = try transaction.tasks.pauses(of: kind).last
            else { throw TaskError.notPaused(kind) }
            return pause
        }
    }
}

/// A group of unfinished tasks, and why no worker takes them.
package struct TaskRemainder: Sendable {
    package var tasks: UnfinishedTasks
    /// Nil when their kind is not paused.
    package var pause: TaskPause?

    /// Whether they are retried automatically, and their last attempt failed.
    package var isFailing: Bool {
        pause == nil && (tasks.state == .scheduled || tasks.state == .ready) && tasks.isFailing
    }
}
