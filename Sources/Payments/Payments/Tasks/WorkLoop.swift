package import PaymentCore
import Synchronization
package import WorldKit

/// Keeps a worker busy until the queue is drained, or until it is stopped.
///
/// Up to ``concurrency`` tasks run at the same time; whenever one ends, the next due one takes its place. Attempts that
/// end while a transaction is in progress are recorded together in the next one, which also claims the next tasks.
package struct WorkLoop: Sendable {
    private let services: Services
    private let worker: Worker

    package var kinds: [TaskKind] = TaskKind.allCases
    package var orderID: String?
    package var concurrency = 8
    /// The longest time without polling the queue: another process may have staged something.
    package var pollSeconds = 0.5
    /// The grace period for running tasks after a stop; then they are canceled, and run again later.
    package var graceSeconds = 10.0
    /// Called with every attempt's ending, one at a time.
    package var report: @Sendable (Worker.Attempt) async -> Void = { _ in }
    /// Called with the number of running tasks whenever it may have changed.
    package var reportRunning: @Sendable (Int) -> Void = { _ in }
    /// Called when the queue itself cannot be used; ``run()`` continues after a pause. A drain throws the error
    /// instead.
    package var reportFailure: @Sendable (any Error) async -> Void = { _ in }

    /// Whether ``run()`` throws an error of the queue because it is permanent. A drain throws every one.
    package var endsWith: @Sendable (any Error) -> Bool = { _ in false }

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

        package init() {}

        package mutating func add(_ ending: Worker.Attempt.Ending) {
            switch ending {
            case .done: done += 1
            case .postponed: postponed += 1
            case .stuck: stuck += 1
            case .leaseLost: break
            }
        }
    }

    private enum Event: Sendable {
        case ended(Worker.Run)
        case exchanged(attempts: [Worker.Attempt], claimed: [QueuedTask], asked: Int)
        /// Results that could not be recorded then are still to be recorded.
        case failed([Worker.Run], unbegun: [QueuedTask], any Error)
        /// Time to poll the queue again.
        case tick
        /// The grace period is over.
        case overdue
        /// A part of the loop without a result has ended.
        case quiet
    }

    /// The state of a loop.
    private struct Shift {
        /// Claimed, and waiting for a free slot.
        var claimed: ArraySlice<QueuedTask> = []
        var running = 0
        /// Finished, and not recorded yet.
        var ended: [Worker.Run] = []
        var isExchanging = false
        /// Whether more may be due than was claimed.
        var mayHaveMore = true
        var isTicking = false
        var isEnding = false
        /// The grace period is over.
        var isOverdue = false
        /// The store failed; it is not used again until the next tick.
        var isPausing = false
        var pace: Pace
        var nextRescue: Instant

        var isIdle: Bool { running == 0 && claimed.isEmpty && ended.isEmpty && !isExchanging }
    }

    /// Runs what is due, and waits for what becomes due within `horizonSeconds`, until nothing is left.
    package func drain(horizonSeconds: Double) async throws -> Summary { try await run(horizonSeconds) }

    /// Runs what becomes due until the task is canceled; running tasks are finished first.
    package func run() async throws -> Summary { try await run(nil) }

    private func run(_ horizonSeconds: Double?) async throws -> Summary {
        let stop = StopRequest()
        // Tasks running at the time of a stop must finish, so they are not children of the canceled task.
        let task = Task { try await work(horizonSeconds, stop) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            stop.make()
            services.store.staged.notify()
        }
    }

    private func work(_ horizonSeconds: Double?, _ stop: StopRequest) async throws -> Summary {
        let leases = Leases(services, seconds: worker.leaseSeconds)
        return try await withThrowingTaskGroup(of: Event.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                await leases.keep()
                return .quiet
            }
            // A drain that cannot use the queue reports it once, by throwing.
            group.addTask { await sweep(isReporting: horizonSeconds == nil) }
            var summary = Summary()
            let now = services.world.now()
            var shift = Shift(pace: Pace(at: now), nextRescue: now)
            while true {
                while !stop.isMade, shift.running < concurrency, let task = shift.claimed.popFirst() {
                    shift.running += 1
                    group.addTask { .ended(await worker.perform(task, under: leases)) }
                }
                reportRunning(shift.running)
                let room = stop.isMade ? 0 : concurrency - shift.running + shift.pace.lookahead - shift.claimed.count
                let hasNews = !shift.ended.isEmpty || stop.isMade && !shift.claimed.isEmpty
                if !shift.isExchanging, !shift.isPausing, hasNews || shift.mayHaveMore && room > 0 {
                    exchange(&shift, room, isStopping: stop.isMade, leases, in: &group)
                }
                var pause = pollSeconds
                if shift.isIdle {
                    if stop.isMade { return summary }
                    if let horizonSeconds {
                        summary.nextDue = try await worker.nextDue(kinds: kinds, orderID: orderID)
                        let wait = summary.nextDue?.seconds(since: services.world.now())
                        guard let wait, wait <= horizonSeconds else { return summary }
                        pause = min(max(wait, 0.001), pollSeconds)
                    }
                }
                if stop.isMade, !shift.isEnding {
                    shift.isEnding = true
                    group.addTask { await overdue() }
                }
                // Also when all slots are in use: the signal that ends this wait also reports a stop.
                if !shift.isTicking, shift.isPausing || !stop.isMade && !shift.isExchanging {
                    shift.isTicking = true
                    group.addTask { [pause] in await tick(after: pause) }
                }
                switch try await group.next() {
                case .ended(let run)?:
                    shift.running -= 1
                    shift.ended.append(run)
                case .exchanged(let attempts, let claimed, let asked)?:
                    shift.isExchanging = false
                    shift.mayHaveMore = !claimed.isEmpty && claimed.count == asked
                    shift.claimed += claimed
                    shift.pace.exchanged(attempts.count, at: services.world.now())
                    for attempt in attempts {
                        leases.remove(attempt.task)
                        summary.add(attempt.ending)
                        await report(attempt)
                    }
                case .failed(let runs, let unbegun, let error)?:
                    if horizonSeconds != nil || endsWith(error) { throw error }
                    shift.isExchanging = false
                    shift.isPausing = true
                    shift.ended = runs + shift.ended
                    shift.claimed = unbegun + shift.claimed
                    await reportFailure(error)
                case .overdue?:
                    leases.cancelAll()
                    shift.isOverdue = true
                case .tick?:
                    shift.isTicking = false
                    shift.isPausing = false
                    shift.mayHaveMore = true
                case .quiet?, nil:
                    break
                }
                // If the store keeps failing, the outcomes of the attempts are not recorded, and their leases expire.
                if shift.isOverdue, shift.isPausing { return summary }
            }
        }
    }

    /// Starts a transaction that records finished attempts, and claims tasks for the free slots.
    private func exchange(
        _ shift: inout Shift, _ room: Int, isStopping: Bool, _ leases: Leases,
        in group: inout ThrowingTaskGroup<Event, any Error>
    ) {
        let ended = shift.ended
        let unbegun = isStopping ? Array(shift.claimed) : []
        let claim = room > 0 ? worker.claim(kinds, orderID: orderID, limit: room) : nil
        let isRescueDue = !isStopping && services.world.now() >= shift.nextRescue
        if isRescueDue { shift.nextRescue = services.world.now().advanced(bySeconds: pollSeconds) }
        shift.ended = []
        if isStopping { shift.claimed = [] }
        shift.isExchanging = true
        group.addTask {
            do {
                if isRescueDue { try await worker.rescueTasksOfDeadWorkers() }
                let (attempts, claimed) = try await worker.exchange(
                    settling: ended, releasing: unbegun, claiming: claim)
                leases.add(claimed)
                for task in unbegun { leases.remove(task) }
                return .exchanged(attempts: attempts, claimed: claimed, asked: claim?.limit ?? 0)
            } catch {
                return .failed(ended, unbegun: unbegun, error)
            }
        }
    }

    private func tick(after seconds: Double) async -> Event {
        // Canceled or not, the queue is polled next.
        try? await services.store.staged.wait { try await services.world.sleep(seconds) }
        return .tick
    }

    private func overdue() async -> Event {
        try? await services.world.sleep(graceSeconds)
        return .overdue
    }

    /// Removes what has exceeded its retention, a little at a time.
    private func sweep(isReporting: Bool) async -> Event {
        let retention = Retention(services)
        repeat {
            do {
                try await retention.sweep()
            } catch is CancellationError {
                break
            } catch {
                if isReporting { await reportFailure(error) }
            }
        } while (try? await services.world.sleep(Retention.pauseSeconds)) != nil
        return .quiet
    }
}

/// Whether the loop was asked to stop.
private final class StopRequest: Sendable {
    private let flag = Atomic(false)

    var isMade: Bool { flag.load(ordering: .relaxed) }

    func make() { flag.store(true, ordering: .relaxed) }
}

/// How fast tasks end, and so how many to claim ahead of a free slot: few transactions for short tasks, and no long
/// wait under a lease behind long ones.
private struct Pace {
    private static let secondsAhead = 0.02
    private static let maximum = 1000

    private(set) var lookahead = 0
    private var last: Instant

    init(at instant: Instant) { last = instant }

    /// Records how many tasks ended since the last call.
    mutating func exchanged(_ count: Int, at instant: Instant) {
        let seconds = instant.seconds(since: last)
        last = instant
        lookahead = seconds > 0 ? Int(min(Double(count) / seconds * Self.secondsAhead, Double(Self.maximum))) : 0
    }
}
