package import QRPayDomain
import QRPayStore
import Synchronization

/// Keeps a worker busy until the queue is drained, or until it is told to stop.
///
/// Up to ``concurrency`` tasks run at once; whenever one ends, the next due one takes its place.
package struct WorkLoop: Sendable {
    private let services: Services
    private let worker: Worker

    package var kinds: [TaskKind] = TaskKind.allCases
    package var orderID: String?
    package var concurrency = 8
    /// The longest time without a look at the queue: another process may have staged something.
    package var pollSeconds = 0.5
    /// What runs when the loop is told to stop has so long to end; then it is canceled, and its tasks run again later.
    package var graceSeconds = 10.0
    /// Called with every attempt's ending, one at a time.
    package var report: @Sendable (Worker.Attempt) async -> Void = { _ in }
    /// Called when the queue itself could not be used; ``run()`` goes on after a pause, a drain ends with the error.
    package var reportFailure: @Sendable (any Error) async -> Void = { _ in }

    package init(_ services: Services, worker: Worker) {
        self.services = services
        self.worker = worker
    }

    package struct Summary: Hashable, Sendable {
        package var done = 0
        package var postponed = 0
        package var stuck = 0
        /// The next task that was not waited for, after a drain.
        package var nextDue: Instant?

        fileprivate mutating func add(_ ending: Worker.Attempt.Ending) {
            switch ending {
            case .done: done += 1
            case .postponed: postponed += 1
            case .stuck: stuck += 1
            case .leaseLost: break
            }
        }
    }

    private enum Event: Sendable {
        case ended(Worker.Attempt)
        /// How an attempt ended could not be written down; its lease will lapse.
        case failed(any Error)
        /// Time to look at the queue again.
        case tick
        /// The grace is over.
        case overdue
    }

    /// Runs what is due, and waits for what becomes due within `horizonSeconds`, until there is nothing more.
    package func drain(horizonSeconds: Double) async throws -> Summary { try await run(horizonSeconds) }

    /// Runs what becomes due until the task is canceled; what runs then is finished first.
    package func run() async throws -> Summary { try await run(nil) }

    private func run(_ horizonSeconds: Double?) async throws -> Summary {
        let stop = StopRequest()
        // What runs when the loop is told to stop must end well, so it is not a child of the canceled task.
        let task = Task { try await work(horizonSeconds, stop) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            stop.make()
            services.store.staged.ring()
        }
    }

    private func work(_ horizonSeconds: Double?, _ stop: StopRequest) async throws -> Summary {
        try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            var summary = Summary()
            var running = 0
            var isTicking = false
            var isEnding = false
            var nextRescue = services.world.now()
            while true {
                if !stop.isMade {
                    do {
                        if services.world.now() >= nextRescue {
                            try await worker.rescueTasksOfDeadWorkers()
                            nextRescue = services.world.now().advanced(bySeconds: pollSeconds)
                        }
                        for task in try await claim(concurrency - running) {
                            running += 1
                            group.addTask {
                                do { return .ended(try await worker.run(task)) } catch { return .failed(error) }
                            }
                        }
                    } catch {
                        if horizonSeconds != nil { throw error }
                        await reportFailure(error)
                    }
                }
                var pause = pollSeconds
                if running == 0 {
                    if stop.isMade { return summary }
                    if let horizonSeconds {
                        summary.nextDue = try await worker.nextDue(kinds: kinds, orderID: orderID)
                        let wait = summary.nextDue?.seconds(since: services.world.now())
                        guard let wait, wait <= horizonSeconds else { return summary }
                        pause = min(max(wait, 0.001), pollSeconds)
                    }
                }
                if stop.isMade {
                    if !isEnding { group.addTask { await overdue() } }
                    isEnding = true
                } else if running < concurrency, !isTicking {
                    isTicking = true
                    group.addTask { [pause] in await tick(after: pause) }
                }
                switch try await group.next() {
                case .ended(let attempt)?:
                    running -= 1
                    summary.add(attempt.ending)
                    await report(attempt)
                case .failed(let error)?:
                    running -= 1
                    if horizonSeconds != nil { throw error }
                    await reportFailure(error)
                case .overdue?:
                    group.cancelAll()
                case .tick?, nil:
                    isTicking = false
                }
            }
        }
    }

    private func tick(after seconds: Double) async -> Event {
        // Canceled or not, the queue is looked at next.
        try? await services.store.staged.wait { try await services.world.sleep(seconds) }
        return .tick
    }

    private func overdue() async -> Event {
        try? await services.world.sleep(graceSeconds)
        return .overdue
    }

    private func claim(_ limit: Int) async throws -> [QueuedTask] {
        limit > 0 ? try await worker.claim(kinds: kinds, orderID: orderID, limit: limit) : []
    }
}

/// That the loop was asked to stop.
private final class StopRequest: Sendable {
    private let flag = Atomic(false)

    var isMade: Bool { flag.load(ordering: .relaxed) }

    func make() { flag.store(true, ordering: .relaxed) }
}
