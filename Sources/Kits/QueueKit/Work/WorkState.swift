import WorldKit

/// The decisions of a work loop, without its effects: events go in, actions come out.
struct WorkState {
    enum Goal: Sendable {
        /// Works until stopped.
        case continuous
        /// Ends when nothing is left that becomes due within the horizon.
        case drain(horizonSeconds: Double)

        var isDrain: Bool {
            if case .drain = self { true } else { false }
        }
    }

    /// How far the end has come.
    private enum Phase {
        case working
        /// Claims nothing more; the grace period of running tasks has begun.
        case stopping
        /// The grace period is over, and running tasks were canceled.
        case overdue
    }

    /// The one transaction at a time that records attempts and claims tasks.
    private enum Exchange {
        case possible
        case inProgress
        /// The store failed; it is not used again until the next tick.
        case suspended
    }

    /// The one query at a time for what a drain still has to wait for.
    private enum LookAhead {
        case none
        case inProgress
        /// In progress, and an exchange has begun since: its result may be outdated.
        case outdated
    }

    enum Event: Sendable {
        case ended(Worker.Run)
        case exchanged(attempts: [Worker.Attempt], claimed: [QueuedTask], asked: Int)
        /// What was to be recorded is still to be recorded.
        case failed(ExchangeRequest, any Error)
        /// Nothing is left to do now; when the next task is due.
        case lookedAhead(nextDue: Instant?)
        /// Time to poll the queue again.
        case tick
        case stopRequested
        case graceEnded
    }

    enum Action: Sendable {
        case start(QueuedTask)
        case exchange(ExchangeRequest)
        case lookAhead
        case wait(seconds: Double)
        case beginGrace
        case cancelRunning
        case finish(nextDue: Instant?)
    }

    struct ExchangeRequest: Sendable {
        /// To be recorded.
        var ended: [Worker.Run] = []
        /// Claimed and never begun: to be returned.
        var unbegun: [QueuedTask] = []
        /// How many to claim at most.
        var limit = 0
        /// Whether to look for dead workers first.
        var isRescueDue = false
    }

    private let goal: Goal
    private let concurrency: Int
    private let pollSeconds: Double

    private var phase = Phase.working
    private var exchange = Exchange.possible
    /// Claimed, and waiting for a free slot.
    private var claimed: ArraySlice<QueuedTask> = []
    private(set) var running = 0
    /// Finished, and not recorded yet.
    private var ended: [Worker.Run] = []
    /// Whether more may be due than the last exchange that claims has found, or will find.
    private var mayHaveMore = true
    private var isWaiting = false
    private var lookAhead = LookAhead.none
    private var pace: Pace
    private var nextRescue: Instant

    init(_ goal: Goal, concurrency: Int, pollSeconds: Double, at now: Instant) {
        self.goal = goal
        self.concurrency = concurrency
        self.pollSeconds = pollSeconds
        pace = Pace(at: now)
        nextRescue = now
    }

    private var isIdle: Bool { running == 0 && claimed.isEmpty && ended.isEmpty && exchange != .inProgress }

    /// - Returns: what to do, in order.
    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .ended(let run):
            running -= 1
            ended.append(run)
        case .exchanged(let attempts, let claimed, let asked):
            exchange = .possible
            if !claimed.isEmpty, claimed.count == asked { mayHaveMore = true }
            self.claimed += claimed
            pace.exchanged(attempts.count, at: now)
        case .failed(let request, _):
            exchange = .suspended
            ended = request.ended + ended
            claimed = request.unbegun + claimed
        case .lookedAhead(let nextDue):
            let isCurrent = lookAhead == .inProgress
            lookAhead = .none
            guard phase == .working, isIdle, isCurrent else { break }
            return wait(for: nextDue, at: now)
        case .tick:
            isWaiting = false
            if exchange == .suspended { exchange = .possible }
            mayHaveMore = true
        case .stopRequested:
            guard phase == .working else { break }
            phase = .stopping
            return [.beginGrace] + actions(at: now)
        case .graceEnded:
            phase = .overdue
            return [.cancelRunning] + actions(at: now)
        }
        return actions(at: now)
    }

    /// What follows from the state.
    mutating func actions(at now: Instant) -> [Action] {
        // If the store keeps failing, the outcomes of the attempts are not recorded, and their leases expire.
        if phase == .overdue, exchange == .suspended { return [.finish(nextDue: nil)] }
        var actions: [Action] = []
        while phase == .working, running < concurrency, let task = claimed.popFirst() {
            running += 1
            actions.append(.start(task))
        }
        if let exchange = nextExchange(at: now) { actions.append(exchange) }
        if isIdle {
            if phase != .working { return actions + [.finish(nextDue: nil)] }
            if goal.isDrain, exchange == .possible {
                guard lookAhead == .none else { return actions }
                lookAhead = .inProgress
                return actions + [.lookAhead]
            }
        }
        // Also while all slots are in use: another process may stage tasks to be claimed ahead.
        if exchange == .suspended || phase == .working && exchange == .possible { actions += wait(pollSeconds) }
        return actions
    }

    private mutating func nextExchange(at now: Instant) -> Action? {
        let room = phase == .working ? concurrency - running + pace.lookahead - claimed.count : 0
        let unbegun = phase == .working ? [] : Array(claimed)
        guard exchange == .possible, !ended.isEmpty || !unbegun.isEmpty || mayHaveMore && room > 0 else { return nil }
        let isRescueDue = phase == .working && now >= nextRescue
        if isRescueDue { nextRescue = now.advanced(bySeconds: pollSeconds) }
        let request = ExchangeRequest(
            ended: ended, unbegun: unbegun, limit: max(room, 0), isRescueDue: isRescueDue)
        exchange = .inProgress
        // A tick that comes from now on may be about tasks that this exchange does not see.
        if request.limit > 0 { mayHaveMore = false }
        if lookAhead == .inProgress { lookAhead = .outdated }
        ended = []
        if phase != .working { claimed = [] }
        return .exchange(request)
    }

    /// A drain with nothing to do: it ends, or waits for the next task.
    private mutating func wait(for nextDue: Instant?, at now: Instant) -> [Action] {
        guard case .drain(let horizonSeconds) = goal, let nextDue, nextDue.seconds(since: now) <= horizonSeconds else {
            return [.finish(nextDue: nextDue)]
        }
        return wait(min(max(nextDue.seconds(since: now), 0.001), pollSeconds))
    }

    private mutating func wait(_ seconds: Double) -> [Action] {
        guard !isWaiting else { return [] }
        isWaiting = true
        return [.wait(seconds: seconds)]
    }
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
