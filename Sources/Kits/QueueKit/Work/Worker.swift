import SQLKit
package import WorldKit

/// Claims tasks under a lease, runs them, and records how each attempt ended.
///
/// At-least-once execution: a worker that dies loses its lease and the task runs again, with effects keyed so that they
/// happen once. Only the holder of a task's current fencing number can finish it.
package struct Worker: Sendable {
    let queue: TaskQueue
    let processes: Processes
    let leaseSeconds: Double

    package static let standardLeaseSeconds = 30.0

    package init(_ queue: TaskQueue, processes: Processes, leaseSeconds: Double = standardLeaseSeconds) {
        self.queue = queue
        self.processes = processes
        self.leaseSeconds = leaseSeconds
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
        package var error: (any Error)?
    }

    /// A finished attempt that is not recorded yet.
    struct Run: Sendable {
        enum Result: Sendable {
            case outcome(TaskOutcome)
            case failure(any Error)
            /// It was canceled before it was done.
            case interrupted
        }

        var task: QueuedTask
        var result: Result

        var isDone: Bool {
            if case .outcome(.done) = result { true } else { false }
        }

        var isInterrupted: Bool {
            if case .interrupted = result { true } else { false }
        }
    }

    /// Makes the tasks of dead workers claimable immediately, without waiting for their leases to expire.
    package func rescueTasksOfDeadWorkers() async throws {
        try await Rescuer(queue, processes).rescueTasksOfDeadWorkers()
    }

    /// Runs the oldest due tasks, at most `limit` in parallel, and returns when all have ended.
    /// - Parameter kinds: nil for all that have a handler.
    package func runDue(
        kinds: [TaskKind]? = nil, tags: [TaskTag: String] = [:], limit: Int = 1
    ) async throws -> [Attempt] {
        try await run(try await exchange(claiming: claim(kinds, tags, limit: limit)).claimed)
    }

    /// Runs one task now, due or not, paused or not.
    /// - Throws: ``TaskError`` when the task does not exist or its state forbids it.
    package func run(taskID: Int64) async throws -> Attempt {
        let now = queue.world.now()
        let claim = claim(nil, [:], limit: 1)
        let task = try await queue.store.write(isolation: .statement) { tasks in
            if let task = try tasks.claim(taskID: taskID, claim, at: now) { return task }
            guard let task = try tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            throw TaskError.cannotRun(task)
        }
        return try await run([task])[0]
    }

    /// When the next task is due; nil when none waits.
    package func nextDue(kinds: [TaskKind]? = nil, tags: [TaskTag: String] = [:]) async throws -> Instant? {
        let kinds = kinds ?? queue.registry.kinds
        return try await queue.store.read { try $0.nextDue(kinds: kinds, tags: tags) }
    }

    // MARK: Parts

    func claim(_ kinds: [TaskKind]?, _ tags: [TaskTag: String], limit: Int) -> TaskRepository.Claim {
        var claim = TaskRepository.Claim(
            kinds: kinds ?? queue.registry.kinds, worker: processes.own, leaseSeconds: leaseSeconds)
        claim.tags = tags
        claim.limit = limit
        claim.marks = queue.store.marks
        return claim
    }

    /// Runs tasks that this worker has claimed, and records how they ended.
    private func run(_ tasks: [QueuedTask]) async throws -> [Attempt] {
        guard !tasks.isEmpty else { return [] }
        let leases = LeaseKeeper(queue, seconds: leaseSeconds)
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
        let attempts = try await exchange(settling: runs.filter { !$0.isInterrupted }).attempts
        // An interrupted attempt keeps its lease until it expires: its progress is unknown.
        if attempts.count < runs.count { throw CancellationError() }
        return attempts
    }

    /// Runs a task without recording its outcome.
    func perform(_ task: QueuedTask, under leases: LeaseKeeper) async -> Run {
        do {
            let outcome = try await leases.working(on: task) { try await queue.registry.run(task) }
            return Run(task: task, result: .outcome(outcome))
        } catch is CancellationError {
            return Run(task: task, result: .interrupted)
        } catch {
            return Run(task: task, result: .failure(error))
        }
    }

    /// Records how attempts ended, returns tasks that were not begun, and claims further ones, all in one transaction.
    func exchange(
        settling runs: [Run] = [], releasing: [QueuedTask] = [], claiming claim: TaskRepository.Claim? = nil
    ) async throws -> (attempts: [Attempt], claimed: [QueuedTask]) {
        guard !runs.isEmpty || !releasing.isEmpty || claim != nil else { return ([], []) }
        let now = queue.world.now()
        let jitter = Jitter(queue.world)
        let recorder = AttemptRecorder(queue: queue, worker: processes.own, jitter: jitter)
        return try await queue.store.write(isolation: .statement, isSynced: queue.store.syncsAttempts) { tasks in
            try tasks.takeSequences(of: runs.map(\.task) + releasing, at: now)
            if let claim, releasing.isEmpty, runs.allSatisfy(\.isDone), tasks.canFinishAndClaim(claim) {
                let (isHeld, isExpired, claimed) = try tasks.finishAndClaim(runs.map(\.task), claim, at: now)
                let attempts = zip(runs, isHeld).map { run, isHeld in
                    Attempt(task: run.task, at: now, ending: isHeld ? .done : .leaseLost)
                }
                guard isExpired, claimed.count < claim.limit else { return (attempts, claimed) }
                try Rescuer(queue, processes).rescue(at: now, jitter, in: tasks)
                var rest = claim
                rest.limit -= claimed.count
                return (attempts, claimed + (try tasks.claim(rest, at: now)))
            }
            let attempts = try recorder.record(runs, at: now, in: tasks)
            try tasks.release(releasing, at: now)
            guard let claim else { return (attempts, []) }
            try Rescuer(queue, processes).rescue(at: now, jitter, in: tasks)
            return (attempts, try tasks.claim(claim, at: now))
        }
    }
}
