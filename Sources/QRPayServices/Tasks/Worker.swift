package import QRPayDomain
import QRPayStore

/// Claims tasks under a lease, runs them, and writes down how each attempt ended.
///
/// At least once: a worker that dies loses its lease and the task runs again, with effects keyed so that they happen
/// once. Only the holder of a task's current fencing number can finish it.
package struct Worker: Sendable {
    private let services: Services
    private let handlers: TaskHandlers
    private let processes: Processes
    private let leaseSeconds: Double

    package init(_ services: Services, processes: Processes, leaseSeconds: Double = 30) {
        self.services = services
        self.processes = processes
        self.leaseSeconds = leaseSeconds
        handlers = TaskHandlers(services)
    }

    /// How one attempt ended.
    package struct Attempt: Sendable {
        package enum Ending: Hashable, Sendable {
            case done
            /// Waits until that instant; the error is nil when nothing was wrong.
            case postponed(until: Instant, errorClass: String)
            /// Gave up.
            case stuck(errorClass: String)
            /// The lease went to another worker meanwhile.
            case leaseLost
        }

        package var task: QueuedTask
        package var ending: Ending
        /// What went wrong, or what it waits for.
        package var message: String?
        /// The error itself, for whoever waits for this very task.
        package var problem: Problem?
    }

    /// Makes the tasks of workers that died claimable at once, without waiting for their leases to lapse.
    package func rescueTasksOfDeadWorkers() async throws {
        let now = services.world.now()
        let dead = try await services.store.read { try $0.tasks.leaseHolders() }.filter { !processes.isAlive($0) }
        guard !dead.isEmpty else { return }
        try await services.store.write { transaction in
            for worker in dead { try transaction.tasks.endLeases(of: worker, at: now) }
        }
    }

    /// Leases the oldest due tasks to this worker, at most `limit` of them; each must then be ``run(_:)``.
    package func claim(
        kinds: [TaskKind] = TaskKind.allCases, orderID: String? = nil, limit: Int
    ) async throws -> [QueuedTask] {
        let now = services.world.now()
        var claim = TaskRepository.Claim(worker: processes.own, leaseSeconds: leaseSeconds)
        claim.kinds = kinds
        claim.orderID = orderID
        claim.limit = limit
        return try await services.store.write { [claim] in try $0.tasks.claim(claim, at: now) }
    }

    /// Runs the oldest due tasks, at most `limit` of them at once, and returns when all have ended.
    package func runDue(
        kinds: [TaskKind] = TaskKind.allCases, orderID: String? = nil, limit: Int = 1
    ) async throws -> [Attempt] {
        let tasks = try await claim(kinds: kinds, orderID: orderID, limit: limit)
        return try await withThrowingTaskGroup(of: Attempt.self) { group in
            for task in tasks { group.addTask { try await run(task) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// When there is something to do again; nil when nothing waits.
    package func nextDue(kinds: [TaskKind], orderID: String?) async throws -> Instant? {
        try await services.store.read { try $0.tasks.nextDue(kinds: kinds, orderID: orderID) }
    }

    /// Runs a task that this worker has claimed, and writes down how the attempt ended.
    package func run(_ task: QueuedTask) async throws -> Attempt {
        do {
            return try await finish(task, with: try await holdingLease(of: task) { try await handlers.run(task) })
        } catch let error as CancellationError {
            throw error
        } catch {
            return try await fail(task, with: Problem(error))
        }
    }

    /// Runs `body` and lengthens the lease for as long as it takes.
    private func holdingLease(
        of task: QueuedTask, _ body: @escaping @Sendable () async throws -> TaskOutcome
    ) async throws -> TaskOutcome {
        try await withThrowingTaskGroup(of: TaskOutcome?.self) { group in
            group.addTask(operation: body)
            group.addTask {
                while true {
                    try await services.world.sleep(leaseSeconds / 3)
                    let expiry = services.world.now().advanced(bySeconds: leaseSeconds)
                    let isHeld = try await services.store.write {
                        try $0.tasks.extendLease(task, until: expiry)
                    }
                    guard isHeld else { return nil }
                }
            }
            defer { group.cancelAll() }
            // A lost lease ends the heartbeat first; the body still finishes, and its fencing number stops it then.
            while let outcome = try await group.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }

    private func finish(_ task: QueuedTask, with outcome: TaskOutcome) async throws -> Attempt {
        switch outcome {
        case .done:
            let now = services.world.now()
            let isHeld = try await services.store.write { try $0.tasks.finish(task, at: now) }
            return Attempt(task: task, ending: isHeld ? .done : .leaseLost)
        case .notYet(let reason, let latest):
            return try await postpone(task, latest: latest, isPoll: true, errorClass: "not_yet", message: reason)
        case .at(let instant):
            return try await postpone(
                task, to: instant, isPoll: true, errorClass: "not_due", message: "nothing to do before that")
        }
    }

    private func fail(_ task: QueuedTask, with problem: Problem) async throws -> Attempt {
        var attempt = try await postpone(task, isPoll: false, errorClass: problem.code, message: problem.message)
        attempt.problem = problem
        return attempt
    }

    private func postpone(
        _ task: QueuedTask, to instant: Instant? = nil, latest: Instant? = nil, isPoll: Bool, errorClass: String,
        message: String
    ) async throws -> Attempt {
        let now = services.world.now()
        let random = services.world.randomBytes(2).reduce(0) { $0 * 256 + Double($1) } / 65535
        let delay = services.settings.retryPolicy(task.kind).delay(
            attempts: task.attempts, polls: task.polls + (isPoll ? 1 : 0), isNotYet: isPoll, random: random)
        var dueAt = instant ?? delay.map { now.advanced(bySeconds: $0) }
        if let latest, let due = dueAt, now < latest { dueAt = min(due, latest) }
        let isHeld = try await services.store.write { [dueAt] in
            try $0.tasks.postpone(
                task, until: dueAt, isPoll: isPoll, errorClass: errorClass, message: message, worker: processes.own,
                at: now)
        }
        guard isHeld else { return Attempt(task: task, ending: .leaseLost, message: message) }
        let ending: Attempt.Ending =
            dueAt.map { .postponed(until: $0, errorClass: errorClass) } ?? .stuck(errorClass: errorClass)
        return Attempt(task: task, ending: ending, message: message)
    }
}
