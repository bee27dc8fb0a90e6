import Payments
import QueueKit
import Synchronization

/// The workers of a simulated system, which can be killed and started like processes.
actor WorkerPool {
    private let services: Services
    private var generation = 0
    private var loop: Task<Void, any Error>?
    /// The names of live workers.
    private let alive = Names()

    init(_ services: Services) { self.services = services }

    /// Kills the workers, and starts `count` others, which take over the dead workers' tasks.
    func set(_ count: Int) async {
        if let loop {
            loop.cancel()
            _ = try? await loop.value
            alive.remove(name)
        }
        loop = nil
        generation += 1
        guard count > 0 else { return }
        var work = WorkLoop(worker(name))
        work.concurrency = count
        work.graceSeconds = 0
        loop = Task { [work] in _ = try await work.run() }
    }

    /// Runs at most `limit` tasks that are due now, and returns when they have ended.
    func work(limit: Int) async throws -> [Worker.Attempt] {
        let worker = worker("\(name)-step")
        try await worker.rescueTasksOfDeadWorkers()
        return try await worker.runDue(limit: limit)
    }

    private var name: String { "worker-\(generation)" }

    private func worker(_ name: String) -> Worker {
        alive.insert(name)
        return Worker(services.queue, processes: Processes(own: name) { [alive] in alive.contains($0) })
    }
}

/// A thread-safe set of names.
private final class Names: Sendable {
    private let names = Mutex<Set<String>>([])

    func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
    func remove(_ name: String) { names.withLock { _ = $0.remove(name) } }
    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}
