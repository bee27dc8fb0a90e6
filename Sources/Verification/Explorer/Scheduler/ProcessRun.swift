import Synchronization
import WorldKit

/// One run of production code, from its start through scripted answers to the first effect after them.
final class ProcessRun<Effect: Sendable, Outcome: Sendable>: Sendable {
    /// The position of the code.
    enum Position: Sendable {
        /// It waits for the answer to an effect.
        case at(Effect)
        case ended(Result<Outcome, any Error>)
    }

    private struct State {
        var script: ArraySlice<Answer>
        var answered = 0
        var clock: Instant
        var namesMade = 0
        var position: Position?
        var continuation: CheckedContinuation<any Sendable, any Error>?
        var sleeper: CheckedContinuation<Void, any Error>?
        var isDead = false
        var defect: SchedulerError?
    }

    /// Makes this run's names unique among all processes.
    private let name: String
    private let loop: RunLoop
    private let state: Mutex<State>

    /// Starts `body` and runs it to the end of the script and on to its next effect.
    init(
        _ name: String, startingAt clock: Instant, script: [Answer], on loop: RunLoop,
        _ body: @escaping @Sendable (ProcessRun) async throws -> Outcome
    ) throws {
        self.name = name
        self.loop = loop
        state = Mutex(State(script: script[...], clock: clock))
        Task(executorPreference: loop) {
            let end: Result<Outcome, any Error>
            do {
                end = .success(try await body(self))
            } catch {
                end = .failure(error)
            }
            self.state.withLock { $0.position = .ended(end) }
        }
        loop.drain()
        try check()
    }

    /// Its current position.
    func position() throws -> Position {
        guard let position = state.withLock({ $0.position }) else { throw SchedulerError.lostProcess(name) }
        return position
    }

    /// Answers the effect it waits for, and runs it to the next one.
    func resume(with answer: Answer) throws {
        let continuation = state.withLock { state in
            state.clock = answer.clock
            state.answered += 1
            state.position = nil
            return state.continuation.take()
        }
        guard let continuation else { throw SchedulerError.lostProcess(name) }
        continuation.resume(with: answer.result)
        loop.drain()
        try check()
    }

    /// Ends it permanently: all further effects are refused.
    func kill() {
        let (continuation, sleeper) = state.withLock { state in
            state.isDead = true
            return (state.continuation.take(), state.sleeper.take())
        }
        continuation?.resume(throwing: CancellationError())
        sleeper?.resume(throwing: CancellationError())
        loop.drain()
    }

    private func check() throws {
        if let defect = state.withLock({ $0.defect }) { throw defect }
    }

    // MARK: What the code sees

    /// The answer of the script, or else the one from ``resume(with:)``.
    func ask<Value: Sendable>(_ effect: Effect) async throws -> Value {
        let scripted = try state.withLock { state -> Answer? in
            guard !state.isDead else { throw CancellationError() }
            guard let answer = state.script.popFirst() else { return nil }
            state.clock = answer.clock
            state.answered += 1
            return answer
        }
        let value: any Sendable =
            if let scripted { try scripted.result.get() } else { try await wait(for: effect) }
        guard let value = value as? Value else { throw SchedulerError.otherType(name) }
        return value
    }

    private func wait(for effect: Effect) async throws -> any Sendable {
        try await withCheckedThrowingContinuation { continuation in
            let isAlone = state.withLock { state in
                guard state.continuation == nil else {
                    state.defect = .twoEffectsAtOnce(name)
                    return false
                }
                state.continuation = continuation
                state.position = .at(effect)
                return true
            }
            if !isAlone { continuation.resume(throwing: CancellationError()) }
        }
    }

    var clock: Instant { state.withLock { $0.clock } }

    /// The same name in every run of the same history.
    func newName() -> String {
        state.withLock { state in
            state.namesMade += 1
            return "\(name).\(state.clock.microseconds).\(state.answered).\(state.namesMade)"
        }
    }

    /// The name of the process, and from the second time on a number: unique among processes that run once.
    func newNumberedName() -> String {
        state.withLock { state in
            state.namesMade += 1
            return state.namesMade == 1 ? name : "\(name)-\(state.namesMade)"
        }
    }

    /// Waits until canceled: a process sends no heartbeat while it waits between two effects.
    func sleep() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let isAwake = state.withLock { state in
                    if Task.isCancelled || state.isDead || state.sleeper != nil { return true }
                    state.sleeper = continuation
                    return false
                }
                if isAwake { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            state.withLock { $0.sleeper.take() }?.resume(throwing: CancellationError())
        }
    }
}

/// Production code did something this scheduler does not support: a defect of one of them.
package enum SchedulerError: Error, Hashable, Sendable {
    /// It waits for something other than an effect.
    case lostProcess(String)
    case twoEffectsAtOnce(String)
    /// It received the answer to another request.
    case otherType(String)
}
