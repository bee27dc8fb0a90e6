package import WorldKit

/// A durable queue: where its tasks are, what runs them, and what operators can ask of it and do to it.
package struct TaskQueue: Sendable {
    package var store: TaskStore
    package var world: World
    package var registry: TaskRegistry
    /// A done task is removed this long after its end; one with failures in its history never is.
    package var retentionSeconds: Double

    package init(_ store: TaskStore, _ world: World, _ registry: TaskRegistry, retentionSeconds: Double) {
        self.store = store
        self.world = world
        self.registry = registry
        self.retentionSeconds = retentionSeconds
    }

    /// When the policy schedules the next attempt of a task that was just tried; nil for none.
    func nextAttempt(after task: QueuedTask, isNotYet: Bool, at now: Instant) -> Instant? {
        let random = world.randomBytes(2).reduce(0) { $0 * 256 + Double($1) } / 65535
        return registry.retryPolicy(task.kind).delay(
            attempts: task.attempts, polls: task.polls + (isNotYet ? 1 : 0), isNotYet: isNotYet, random: random
        ).map { now.advanced(bySeconds: $0) }
    }

    // MARK: Queries

    /// The pauses in force, by kind.
    package func pauses() async throws -> [TaskKind: TaskPause] {
        let pauses = try await store.read { try $0.pausesInForce() }
        return Dictionary(pauses.map { ($0.kind, $0) }) { $1 }
    }

    /// Most urgent first.
    package func list(_ filter: TaskFilter) async throws -> [QueuedTask] {
        let now = world.now()
        return try await store.read { try $0.tasks(filter, at: now) }
    }

    /// How many tasks a filter matches, grouped.
    package func counts(_ filter: TaskFilter, by grouping: TaskGrouping) async throws -> [TaskGroup] {
        let now = world.now()
        return try await store.read { try $0.counts(filter, by: grouping, at: now) }
    }

    package struct Details: Sendable {
        package var task: QueuedTask
        package var attempts: [TaskAttempt]
        package var changes: [TaskChange]
    }

    package func details(_ taskID: Int64) async throws -> Details {
        let now = world.now()
        return try await store.read { tasks in
            guard let task = try tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            return Details(
                task: task, attempts: try tasks.attempts(taskID: taskID),
                changes: try tasks.changes(taskID: taskID))
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
        let attempts = registry.retryPolicy(task.kind)
            .schedule(attempts: task.attempts, polls: task.polls, isNotYet: isNotYet, limit: limit)
        return (max(task.nextAttemptAt, world.now()), attempts)
    }

    /// Unfinished tasks of some kinds, and the pauses that hold them back.
    package func remainders(of kinds: [TaskKind]) async throws -> [TaskRemainder] {
        let now = world.now()
        return try await store.read { tasks in
            let pauses = try tasks.pausesInForce()
            return try TaskFigures(tasks).unfinished(at: now).filter { kinds.contains($0.kind) }.map {
                unfinished in
                TaskRemainder(tasks: unfinished, pause: pauses.first { $0.kind == unfinished.kind })
            }
        }
    }

    // MARK: Pausing

    /// Stops all workers from taking tasks of a kind; running tasks are finished.
    /// - Returns: the pause in force, and whether this call created it.
    package func pause(
        _ kind: TaskKind, reason: String, actor: String
    ) async throws -> (pause: TaskPause, isNew: Bool) {
        let now = world.now()
        return try await store.write { tasks in
            let isNew = try tasks.pause(kind, by: actor, reason: reason, at: now)
            guard let pause = try tasks.pauses(of: kind).last else { throw TaskError.notPaused(kind) }
            return (pause, isNew)
        }
    }

    /// Lets workers take tasks of a kind again.
    /// - Returns: the ended pause.
    /// - Throws: ``TaskError/notPaused(_:)``.
    package func resume(_ kind: TaskKind, actor: String) async throws -> TaskPause {
        let now = world.now()
        return try await store.write { tasks in
            guard try tasks.resume(kind, by: actor, at: now),
                let pause = try tasks.pauses(of: kind).last
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
