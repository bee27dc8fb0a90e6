package import PaymentCore
package import WorldKit

/// Claims tasks under a lease, runs them, and records how each attempt ended.
///
/// At-least-once execution: a worker that dies loses its lease and the task runs again, with effects keyed so that they
/// happen once. Only the holder of a task's current fencing number can finish it.
package struct Worker: Sendable {
    let services: Services
    private let handlers: TaskHandlers
    let processes: Processes
    let leaseSeconds: Double

    /// - Parameter handlers: what runs the tasks; nil for the use cases.
    package init(
        _ services: Services, processes: Processes, leaseSeconds: Double = 30, handlers: TaskHandlers? = nil
    ) {
        self.services = services
        self.processes = processes
        self.leaseSeconds = leaseSeconds
        self.handlers = handlers ?? TaskHandlers(services)
    }

    /// How one attempt ended.
    package struct Attempt: Sendable {
        package enum Ending: Hashable, Sendable {
            case done
            /// Waits until that instant; the error is nil when nothing failed.
            case postponed(until: Instant, errorClass: String)
            /// Stuck: no attempts are left.
            case stuck(errorClass: String)
            /// The lease was lost to another worker meanwhile.
            case leaseLost
        }

        package var task: QueuedTask
        /// When it ended, as recorded.
        package var at: Instant
        package var ending: Ending
        /// The error, or what the task waits for.
        package var message: String?
        /// The error itself, for a caller that waits for this task.
        package var problem: Problem?
    }

    /// A finished attempt that is not recorded yet.
    struct Run: Sendable {
        enum Result: Sendable {
            case outcome(TaskOutcome)
            case failure(Problem)
            /// It was canceled before it was done.
            case interrupted
        }

        var task: QueuedTask
        var result: Result
    }

    /// Makes the tasks of dead workers claimable immediately, without waiting for their leases to expire.
    package func rescueTasksOfDeadWorkers() async throws {
        let now = services.world.now()
        let dead = try await services.store.read { try $0.tasks.leaseHolders() }.filter { !processes.isAlive($0) }
        guard !dead.isEmpty else { return }
        try await services.store.write { transaction in
            for worker in dead { try transaction.tasks.endLeases(of: worker, at: now) }
            try rescue(at: now, in: transaction)
        }
    }

    /// Runs the oldest due tasks, at most `limit` in parallel, and returns when all have ended.
    package func runDue(
        kinds: [TaskKind] = TaskKind.allCases, orderID: String? = nil, limit: Int = 1
    ) async throws -> [Attempt] {
        try await run(try await exchange(claiming: claim(kinds, orderID: orderID, limit: limit)).claimed)
    }

    /// Runs one task now, due or not, paused or not.
    /// - Throws: ``TaskError`` when the task does not exist or its state forbids it.
    package func run(taskID: Int64) async throws -> Attempt {
        let now = services.world.now()
        let claim = claim(TaskKind.allCases, orderID: nil, limit: 1)
        let task = try await services.store.write { transaction in
            if let task = try transaction.tasks.claim(taskID: taskID, claim, at: now) { return task }
            guard let task = try transaction.tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            throw TaskError.cannotRun(task)
        }
        return try await run([task])[0]
    }

    /// When the next task is due; nil when none waits.
    package func nextDue(kinds: [TaskKind], orderID: String?) async throws -> Instant? {
        try await services.store.read { try $0.tasks.nextDue(kinds: kinds, orderID: orderID) }
    }

    // MARK: Parts

    func claim(_ kinds: [TaskKind], orderID: String?, limit: Int) -> TaskRepository.Claim {
        var claim = TaskRepository.Claim(worker: processes.own, leaseSeconds: leaseSeconds)
        claim.kinds = kinds
        claim.orderID = orderID
        claim.limit = limit
        return claim
    }

    /// Runs tasks that this worker has claimed, and records how they ended.
    private func run(_ tasks: [QueuedTask]) async throws -> [Attempt] {
        guard !tasks.isEmpty else { return [] }
        let leases = Leases(services, seconds: leaseSeconds)
        leases.add(tasks)
        let runs = await withTaskGroup(of: Run?.self) { group in
            group.addTask {
                await leases.keep()
                return nil
            }
            for task in tasks { group.addTask { await perform(task, under: leases) } }
            var runs: [Run] = []
            while runs.count < tasks.count, let run = await group.next() {
                if let run { runs.append(run) }
            }
            group.cancelAll()
            return runs
        }
        let attempts = try await exchange(settling: runs.filter { !$0.result.isInterrupted }).attempts
        // An interrupted attempt keeps its lease until it expires: its progress is unknown.
        if attempts.count < runs.count { throw CancellationError() }
        return attempts
    }

    /// Runs a task without recording its outcome.
    func perform(_ task: QueuedTask, under leases: Leases) async -> Run {
        do {
            let outcome = try await leases.working(on: task) { try await handlers.run(task) }
            return Run(task: task, result: .outcome(outcome))
        } catch is CancellationError {
            return Run(task: task, result: .interrupted)
        } catch {
            return Run(task: task, result: .failure(Problem(error)))
        }
    }

    /// Records how attempts ended, returns tasks that were not begun, and claims further ones, all in one transaction.
    func exchange(
        settling runs: [Run] = [], releasing: [QueuedTask] = [], claiming claim: TaskRepository.Claim? = nil
    ) async throws -> (attempts: [Attempt], claimed: [QueuedTask]) {
        guard !runs.isEmpty || !releasing.isEmpty || claim != nil else { return ([], []) }
        let now = services.world.now()
        return try await services.store.write { transaction in
            let attempts = try runs.map { try settle($0, at: now, in: transaction) }
            for task in releasing { try transaction.tasks.release(task, at: now) }
            guard let claim else { return (attempts, []) }
            try rescue(at: now, in: transaction)
            return (attempts, try transaction.tasks.claim(claim, at: now))
        }
    }
}

extension Worker.Run.Result {
    var isInterrupted: Bool {
        if case .interrupted = self { true } else { false }
    }
}
