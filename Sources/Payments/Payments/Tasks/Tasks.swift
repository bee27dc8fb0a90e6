package import PaymentCore
package import WorldKit

/// Looking at the queue, and holding kinds of tasks back.
package struct Tasks: Sendable {
    let services: Services

    package init(_ services: Services) { self.services = services }

    /// Refuses a filter that names an order or a restaurant which nobody knows: no task is one thing, a typing error another.
    /// - Throws: ``OrderError/notFound(orderID:)``, ``Problem`` `restaurant_not_found`.
    package func checkNames(in filter: TaskFilter) async throws {
        try await services.store.read { transaction in
            if let orderID = filter.orderID { _ = try transaction.order(orderID) }
            guard let clientID = filter.clientID else { return }
            // Nobody has to register a restaurant for its orders to be paid.
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

    /// What hurts most first.
    package func list(_ filter: TaskFilter) async throws -> [QueuedTask] {
        let now = services.world.now()
        return try await services.store.read { try $0.tasks.tasks(filter, at: now) }
    }

    /// How many tasks a filter means, by what they have in common.
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

    /// Every attempt that its policy still allows a task, from the next one; none when it waits for nothing.
    /// - Parameters:
    ///   - isNotYet: whether every attempt is answered "not yet"; false when every one fails.
    ///   - limit: no more than so many.
    package func schedule(
        of task: QueuedTask, isNotYet: Bool, limit: Int
    ) -> (start: Instant, attempts: [PlannedAttempt])? {
        guard task.state == .scheduled || task.state == .ready else { return nil }
        let attempts = services.settings.retryPolicy(task.kind)
            .schedule(attempts: task.attempts, polls: task.polls, isNotYet: isNotYet, limit: limit)
        return (max(task.nextAttemptAt, services.world.now()), attempts)
    }

    /// What is unfinished of some kinds, and the pauses that hold it back.
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

    /// Keeps all workers from taking tasks of a kind; what runs is finished.
    /// - Returns: the pause in force, and whether it is this one.
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
    /// - Returns: the pause that is over.
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

/// Unfinished tasks that are alike, and why no worker takes them.
package struct TaskRemainder: Sendable {
    package var tasks: UnfinishedTasks
    /// Nil when their kind is not paused.
    package var pause: TaskPause?

    /// Whether they are tried again by themselves, and failed when they last were.
    package var isFailing: Bool {
        pause == nil && (tasks.state == .scheduled || tasks.state == .ready) && tasks.isFailing
    }
}
