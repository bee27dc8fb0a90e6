import Synchronization
package import WorldKit

/// Keeps a worker busy until the queue is drained, or until it is stopped.
///
/// Up to ``concurrency`` tasks run at the same time; whenever one ends, the next due one takes its place. Attempts that
/// end while a transaction is in progress are recorded together in the next one, which also claims the next tasks. What
/// to do when is decided by ``WorkState``.
package struct WorkLoop: Sendable {
    private let worker: Worker

    /// Nil for all that have a handler.
    package var kinds: [TaskKind]?
    /// Only tasks with these tags.
    package var tags: [TaskTag: String] = [:]
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

    package init(_ worker: Worker) { self.worker = worker }

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

    /// Runs what is due, and waits for what becomes due within `horizonSeconds`, until nothing is left.
    package func drain(horizonSeconds: Double) async throws -> Summary {
        try await run(.drain(horizonSeconds: horizonSeconds))
    }

    /// Runs what becomes due until the task is canceled; running tasks are finished first.
    package func run() async throws -> Summary { try await run(.continuous) }

    private func run(_ goal: WorkState.Goal) async throws -> Summary {
        let (stream, sink) = AsyncStream.makeStream(of: WorkState.Event.self)
        // Tasks running at the time of a stop must finish, so they are not children of the canceled task.
        let task = Task {
            var events = stream.makeAsyncIterator()
            return try await work(goal, &events, sink)
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            sink.yield(.stopRequested)
        }
    }

    /// Feeds events to the state and does what it decides.
    private func work(
        _ goal: WorkState.Goal, _ events: inout AsyncStream<WorkState.Event>.AsyncIterator,
        _ sink: AsyncStream<WorkState.Event>.Continuation
    ) async throws -> Summary {
        let now = worker.queue.world.now
        let leases = LeaseKeeper(worker.queue, seconds: worker.leaseSeconds)
        return try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            group.addTask { await leases.keep() }
            group.addTask { await worker.queue.store.hearOtherProcesses() }
            // A drain that cannot use the queue reports it once, by throwing.
            group.addTask { await Cleaner(worker.queue).run { if !goal.isDrain { await reportFailure($0) } } }
            var summary = Summary()
            var state = WorkState(goal, concurrency: concurrency, pollSeconds: pollSeconds, at: now())
            var actions = state.actions(at: now())
            while true {
                for action in actions {
                    if case .finish(let nextDue) = action {
                        summary.nextDue = nextDue
                        return summary
                    }
                    group.addTask { if let event = await perform(action, leases) { sink.yield(event) } }
                }
                reportRunning(state.running)
                guard let event = await events.next() else { return summary }
                try await report(event, goal, leases, &summary)
                actions = state.handle(event, at: now())
            }
        }
    }

    /// Passes on what an event tells.
    /// - Throws: an error of the queue that ends the loop.
    private func report(
        _ event: WorkState.Event, _ goal: WorkState.Goal, _ leases: LeaseKeeper, _ summary: inout Summary
    ) async throws {
        switch event {
        case .exchanged(let attempts, _, _):
            for attempt in attempts {
                leases.remove(attempt.task)
                summary.add(attempt.ending)
                await report(attempt)
            }
        case .failed(_, let error):
            if goal.isDrain || endsWith(error) { throw error }
            await reportFailure(error)
        case .ended, .lookedAhead, .tick, .stopRequested, .graceEnded: break
        }
    }

    /// - Returns: what came of it.
    private func perform(_ action: WorkState.Action, _ leases: LeaseKeeper) async -> WorkState.Event? {
        switch action {
        case .start(let task): return .ended(await worker.perform(task, under: leases))
        case .exchange(let request): return await exchange(request, leases)
        case .lookAhead:
            do {
                return .lookedAhead(nextDue: try await worker.nextDue(kinds: kinds, tags: tags))
            } catch {
                return .failed(WorkState.ExchangeRequest(), error)
            }
        case .wait(let seconds):
            // Canceled or not, the queue is polled next.
            try? await worker.queue.store.staged.wait { try await worker.queue.world.sleep(seconds) }
            return .tick
        case .beginGrace:
            try? await worker.queue.world.sleep(graceSeconds)
            return .graceEnded
        case .cancelRunning:
            leases.cancelAll()
            return nil
        case .finish: return nil
        }
    }

    private func exchange(_ request: WorkState.ExchangeRequest, _ leases: LeaseKeeper) async -> WorkState.Event {
        do {
            if request.isRescueDue { try await worker.rescueTasksOfDeadWorkers() }
            let claim = request.limit > 0 ? worker.claim(kinds, tags, limit: request.limit) : nil
            let (attempts, claimed) = try await worker.exchange(
                settling: request.ended, releasing: request.unbegun, claiming: claim)
            leases.add(claimed)
            for task in request.unbegun { leases.remove(task) }
            return .exchanged(attempts: attempts, claimed: claimed, asked: request.limit)
        } catch {
            return .failed(request, error)
        }
    }
}
