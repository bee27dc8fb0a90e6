import QRPayDomain
import Synchronization

/// Workers within a process that serves: each runs one task at a time, until the pool is stopped.
package final class WorkerPool: Sendable {
    private let worker: Worker
    private let world: World
    private let count: Int
    private let pollSeconds: Double
    private let wakeup: Wakeup
    private let report: @Sendable (Result<Worker.Attempt, any Error>) -> Void
    private let isStopping = Atomic(false)
    private let loops = Mutex<[Task<Void, Never>]>([])

    /// - Parameters:
    ///   - pollSeconds: the longest time without a look at the queue: another process may have staged something.
    ///   - wakeup: fired when something was staged here.
    ///   - report: called with every attempt's ending, and with what kept a worker from its work.
    package init(
        _ services: Services, processes: Processes, count: Int, pollSeconds: Double = 0.5, wakeup: Wakeup,
        report: @escaping @Sendable (Result<Worker.Attempt, any Error>) -> Void = { _ in }
    ) {
        worker = Worker(services, processes: processes)
        world = services.world
        self.count = count
        self.pollSeconds = pollSeconds
        self.wakeup = wakeup
        self.report = report
    }

    package func start() {
        loops.withLock { loops in
            for _ in loops.count..<count { loops.append(Task { await run() }) }
        }
    }

    /// Claims nothing more and lets the attempts under way end, for at most `graceSeconds`; then they are canceled, and
    /// their tasks go to other workers.
    package func stop(graceSeconds: Double) async {
        isStopping.store(true, ordering: .releasing)
        let loops = loops.withLock { $0 }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for loop in loops {
                    self.wakeup.fire()
                    await loop.value
                }
            }
            group.addTask { [world] in
                try? await world.sleep(graceSeconds)
                for loop in loops { loop.cancel() }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private var goesOn: Bool { !isStopping.load(ordering: .acquiring) && !Task.isCancelled }

    private func run() async {
        while goesOn {
            do {
                try await worker.rescueTasksOfDeadWorkers()
                let attempts = try await worker.runDue(limit: 1)
                for attempt in attempts { report(.success(attempt)) }
                if attempts.isEmpty, goesOn { await wakeup.wait(atMostSeconds: pollSeconds, world) }
            } catch is CancellationError {
                return
            } catch {
                report(.failure(error))
                await wakeup.wait(atMostSeconds: pollSeconds, world)
            }
        }
    }
}
