import SQLKit
import Testing
import WorldKit

@testable import QueueKit

/// The decisions of a work loop, one event at a time.
@Suite struct WorkStateTests {
    private let now = Instant(microseconds: 1_700_000_000_000_000)

    private func state(_ goal: WorkState.Goal = .continuous, concurrency: Int = 2) -> WorkState {
        WorkState(goal, concurrency: concurrency, pollSeconds: 0.5, at: now)
    }

    private func task(_ number: Int64) -> QueuedTask { .example(number, at: now) }

    private func done(_ number: Int64) -> WorkState.Event {
        .ended(Worker.Run(task: task(number), result: .outcome(.done)))
    }

    /// An action in short: `start 1`, `exchange ended 2 unbegun 0 limit 1`.
    private func words(_ actions: [WorkState.Action]) -> [String] {
        actions.map { action in
            switch action {
            case .start(let task): "start \(task.taskID)"
            case .exchange(let request):
                "exchange ended \(request.ended.count) unbegun \(request.unbegun.count) limit \(request.limit)"
            case .lookAhead: "look ahead"
            case .wait(let seconds): "wait \(seconds)"
            case .beginGrace: "begin grace"
            case .cancelRunning: "cancel running"
            case .finish(let nextDue): "finish \(nextDue.map { "\($0.seconds(since: now))" } ?? "-")"
            }
        }
    }

    private func claimed(_ numbers: [Int64], asked: Int) -> WorkState.Event {
        .exchanged(attempts: [], claimed: numbers.map(task), asked: asked)
    }

    @Test func `tasks fill the slots, and the next exchange records them and claims for the free ones`() {
        var state = state()
        #expect(words(state.actions(at: now)) == ["exchange ended 0 unbegun 0 limit 2"])
        #expect(words(state.handle(claimed([1, 2], asked: 2), at: now)) == ["start 1", "start 2", "wait 0.5"])
        #expect(words(state.handle(done(1), at: now)) == ["exchange ended 1 unbegun 0 limit 1"])
        #expect(words(state.handle(done(2), at: now)).isEmpty, "one exchange at a time")
        #expect(state.running == 0)
        #expect(words(state.handle(claimed([], asked: 1), at: now)) == ["exchange ended 1 unbegun 0 limit 2"])
        #expect(words(state.handle(claimed([], asked: 2), at: now)).isEmpty, "it waits for the tick begun before")
        #expect(words(state.handle(.tick, at: now)) == ["exchange ended 0 unbegun 0 limit 2"])
    }

    @Test func `a drain ends when nothing becomes due within its horizon`() {
        for (due, expected) in [(nil, "finish -"), (11.0, "finish 11.0"), (3.0, "wait 0.5"), (-1.0, "wait 0.001")] {
            var state = state(.drain(horizonSeconds: 10))
            _ = state.actions(at: now)
            #expect(words(state.handle(claimed([], asked: 2), at: now)) == ["look ahead"])
            let next = due.map { now.advanced(bySeconds: $0) }
            #expect(words(state.handle(.lookedAhead(nextDue: next), at: now)) == [expected])
        }
    }

    @Test func `a tick during an exchange is followed by another exchange`() {
        var state = state(concurrency: 2)
        _ = state.actions(at: now)
        #expect(words(state.handle(claimed([1], asked: 2), at: now)) == ["start 1", "wait 0.5"])
        #expect(words(state.handle(done(1), at: now)) == ["exchange ended 1 unbegun 0 limit 2"])
        #expect(words(state.handle(.tick, at: now)).isEmpty)
        #expect(
            words(state.handle(claimed([], asked: 2), at: now)) == ["exchange ended 0 unbegun 0 limit 2"],
            "the one in progress may not have seen what was staged")
        #expect(words(state.handle(claimed([], asked: 2), at: now)) == ["wait 0.5"])
    }

    @Test func `an exchange that claims nothing does not hide that more is due`() {
        var state = state(concurrency: 1)
        _ = state.actions(at: now)
        #expect(words(state.handle(claimed([1, 2], asked: 2), at: now)) == ["start 1", "wait 0.5"])
        #expect(words(state.handle(done(1), at: now)) == ["start 2", "exchange ended 1 unbegun 0 limit 0"])
        // A hundred in a second: two are claimed ahead of the free slot.
        let attempts = (1...100).map { Worker.Attempt(task: task($0), at: now, ending: .done) }
        let exchanged = WorkState.Event.exchanged(attempts: attempts, claimed: [], asked: 0)
        let actions = state.handle(exchanged, at: now.advanced(bySeconds: 1))
        #expect(words(actions) == ["exchange ended 0 unbegun 0 limit 2"])
    }

    @Test func `a drain does not end by what it saw before an exchange`() {
        var state = state(.drain(horizonSeconds: 10), concurrency: 1)
        _ = state.actions(at: now)
        #expect(words(state.handle(claimed([1], asked: 1), at: now)) == ["start 1", "wait 0.5"])
        #expect(words(state.handle(done(1), at: now)) == ["exchange ended 1 unbegun 0 limit 1"])
        #expect(words(state.handle(claimed([], asked: 1), at: now)) == ["look ahead"])
        #expect(words(state.handle(.tick, at: now)) == ["exchange ended 0 unbegun 0 limit 1"])
        #expect(words(state.handle(claimed([], asked: 1), at: now)).isEmpty, "one look ahead at a time")
        #expect(words(state.handle(.lookedAhead(nextDue: nil), at: now)) == ["look ahead"])
        #expect(words(state.handle(.lookedAhead(nextDue: nil), at: now)) == ["finish -"])
    }

    @Test func `a stop returns what was not begun and waits for what runs`() {
        var state = state(concurrency: 1)
        _ = state.actions(at: now)
        #expect(words(state.handle(claimed([1, 2], asked: 2), at: now)) == ["start 1", "wait 0.5"])
        #expect(
            words(state.handle(.stopRequested, at: now)) == ["begin grace", "exchange ended 0 unbegun 1 limit 0"])
        #expect(words(state.handle(.stopRequested, at: now)).isEmpty, "once")
        #expect(words(state.handle(claimed([], asked: 0), at: now)).isEmpty)
        #expect(words(state.handle(done(1), at: now)) == ["exchange ended 1 unbegun 0 limit 0"])
        #expect(words(state.handle(claimed([], asked: 0), at: now)) == ["finish -"])
    }

    @Test func `when the grace period ends, running tasks are canceled and still recorded`() {
        var state = state(concurrency: 1)
        _ = state.actions(at: now)
        _ = state.handle(claimed([1], asked: 1), at: now)
        #expect(words(state.handle(.stopRequested, at: now)) == ["begin grace"])
        #expect(words(state.handle(.graceEnded, at: now)) == ["cancel running"])
        let interrupted = Worker.Run(task: task(1), result: .interrupted)
        #expect(words(state.handle(.ended(interrupted), at: now)) == ["exchange ended 1 unbegun 0 limit 0"])
        #expect(words(state.handle(claimed([], asked: 0), at: now)) == ["finish -"])
    }

    @Test func `a failed exchange is tried again after a pause, with all of its results`() throws {
        var state = state()
        _ = state.actions(at: now)
        _ = state.handle(claimed([1], asked: 2), at: now)
        guard case .exchange(let request)? = state.handle(done(1), at: now).first else {
            Issue.record("no exchange")
            return
        }
        let failure = SQLError(code: .locked, message: "locked")
        #expect(words(state.handle(.failed(request, failure), at: now)).isEmpty, "the tick begun before ends the pause")
        #expect(words(state.handle(.tick, at: now)) == ["exchange ended 1 unbegun 0 limit 2"])
    }

    @Test func `a store that keeps failing does not hold up the end`() {
        var state = state(concurrency: 1)
        _ = state.actions(at: now)
        _ = state.handle(claimed([1], asked: 1), at: now)
        _ = state.handle(.stopRequested, at: now)
        _ = state.handle(.graceEnded, at: now)
        guard case .exchange(let request)? = state.handle(done(1), at: now).first else {
            Issue.record("no exchange")
            return
        }
        let failure = SQLError(code: .diskFull, message: "full")
        #expect(words(state.handle(.failed(request, failure), at: now)) == ["finish -"])
    }

    @Test func `dead workers are looked for at most once per poll`() {
        var state = state(concurrency: 1)
        func isRescueDue(_ actions: [WorkState.Action]) -> [Bool] {
            actions.compactMap { if case .exchange(let request) = $0 { request.isRescueDue } else { nil } }
        }
        #expect(isRescueDue(state.actions(at: now)) == [true])
        _ = state.handle(claimed([], asked: 1), at: now)
        #expect(isRescueDue(state.handle(.tick, at: now.advanced(bySeconds: 0.4))) == [false])
        _ = state.handle(claimed([], asked: 1), at: now)
        #expect(isRescueDue(state.handle(.tick, at: now.advanced(bySeconds: 0.6))) == [true])
    }
}
