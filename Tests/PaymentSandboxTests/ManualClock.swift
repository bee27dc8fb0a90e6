import PaymentCore
import Synchronization
import WorldKit

/// Time that stands still until a test advances it.
final class ManualClock: Sendable {
    private struct Sleeper {
        var due: Instant
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(microseconds: 1_767_225_600_000_000)
        var lastNumber = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }

    var world: World {
        World(
            now: { self.now }, sleep: { try await self.sleep($0) }, randomBytes: { Array(repeating: 0, count: $0) },
            newID: { String(repeating: "0", count: 32) })
    }

    func advance(bySeconds seconds: Double) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(bySeconds: seconds)
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
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
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let watchers = state.withLock { state in
                    defer { state.watchers = [] }
                    let due = state.now.advanced(bySeconds: seconds)
                    state.sleepers[number] = Sleeper(due: due, continuation: continuation)
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
        let sleeper = state.withLock { $0.sleepers.removeValue(forKey: number) }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
