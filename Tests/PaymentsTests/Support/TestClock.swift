import PaymentCore
import Synchronization
import Testing
import WorldKit

/// A world in which time stands still until a test advances it, and random values are a sequence.
///
/// A worker's heartbeat waits until it is triggered, and so does its next sweep. Any other wait is unexpected.
final class TestClock: Sendable {
    static let leaseSeconds = 30.0
    private static let heartbeatSeconds = leaseSeconds / 3
    private static let sweepSeconds = 60.0

    private struct State {
        var now = Instant(microseconds: 1_773_489_600_000_000)
        var lastID = 0
        var lastSleeper = 0
        var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }

    func advance(bySeconds seconds: Double) { state.withLock { $0.now = $0.now.advanced(bySeconds: seconds) } }

    func advance(to instant: Instant) { state.withLock { $0.now = max($0.now, instant) } }

    var world: World {
        World(
            now: { self.now }, sleep: { try await self.sleep($0) },
            randomBytes: { Array(repeating: 0, count: $0) },
            newID: {
                let number = self.state.withLock { state in
                    state.lastID += 1
                    return state.lastID
                }
                let digits = String(number)
                return String(repeating: "0", count: 32 - digits.count) + digits
            })
    }

    /// Ends all waits.
    func beat() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return state.sleepers.values
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    /// Returns once there is a waiter.
    func untilWaiting() async {
        await withCheckedContinuation { continuation in
            let isAsleep = state.withLock { state in
                if state.sleepers.isEmpty { state.watchers.append(continuation) }
                return !state.sleepers.isEmpty
            }
            if isAsleep { continuation.resume() }
        }
    }

    private func sleep(_ seconds: Double) async throws {
        guard seconds == Self.heartbeatSeconds || seconds == Self.sweepSeconds else {
            Issue.record("somebody waits for \(seconds) seconds")
            throw CancellationError()
        }
        let number = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let watchers = state.withLock { state in
                    defer { state.watchers = [] }
                    state.sleepers[number] = continuation
                    return state.watchers
                }
                for watcher in watchers { watcher.resume() }
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: Int) {
        state.withLock { $0.sleepers.removeValue(forKey: number) }?.resume(throwing: CancellationError())
    }
}
