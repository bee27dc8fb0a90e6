import SQLKit
import WorldKit

/// Makes the tasks of dead and suspended workers claimable again; each loss counts as an attempt.
struct Rescuer: Sendable {
    private static let limit = 1000

    private let queue: TaskQueue
    private let processes: Processes

    init(_ queue: TaskQueue, _ processes: Processes) {
        self.queue = queue
        self.processes = processes
    }

    /// Rescues the tasks of workers known to be dead, without waiting for their leases to expire.
    func rescueTasksOfDeadWorkers() async throws {
        let now = queue.world.now()
        let dead = try await queue.store.read { try $0.leaseHolders() }.filter { !processes.isAlive($0) }
        guard !dead.isEmpty else { return }
        let jitter = Jitter(queue.world)
        try await queue.store.write(isolation: .statement) { tasks in
            try tasks.endLeases(of: dead, at: now)
            try rescue(at: now, jitter, in: tasks)
        }
    }

    /// Rescues the tasks whose lease has expired.
    ///
    /// The first loss is attributed to the worker, and the task is due immediately. The second in a row may be caused
    /// by the task: it backs off, and becomes stuck when its attempts are used up.
    func rescue(at now: Instant, _ jitter: Jitter, in tasks: TaskRepository) throws {
        let expired = try tasks.expired(at: now, limit: Self.limit)
        guard !expired.isEmpty else { return }
        _ = try tasks.postpone(
            expired.enumerated().map { place, task in
                let next = queue.nextAttempt(after: task, isNotYet: false, at: now, random: jitter[place])
                let isFirstLoss = task.errorClass != AttemptClass.workerLost
                return TaskRepository.Postponement(
                    task, until: isFirstLoss ? next.map { _ in now } : next, isPoll: false,
                    errorClass: AttemptClass.workerLost, message: "the worker died, or did not finish within its lease",
                    worker: task.leasedBy ?? "")
            }, at: now)
    }
}
