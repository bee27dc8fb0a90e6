import Ordering
import QueueKit
import Synchronization
import WorldKit

/// Lets requests wait for what the services commit: by a signal for what this process commits, and by a look now and
/// then for the commits of others. Nothing follows a number that the database gives out.
final class Waiters: Sendable {
    private struct State {
        var signals: [ObjectIdentifier: Signal] = [:]
        var isClosed = false
    }

    private let commits: Commits
    private let world: World
    private let pollSeconds: Double
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many may wait at the same time; further ones do not wait.
    init(_ commits: Commits, _ world: World, pollSeconds: Double, capacity: Int) {
        self.commits = commits
        self.world = world
        self.pollSeconds = pollSeconds
        self.capacity = capacity
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var waiting: Int { state.withLock { $0.signals.count } }

    /// Reads until what was read is news, the time is over or waiting has to end, and returns what was read last.
    func poll<Value: Sendable>(
        _ subject: String, seconds: Double, read: () async throws -> Value, isNews: (Value) -> Bool
    ) async throws -> Value {
        let first = try await read()
        guard seconds > 0, !isNews(first) else { return first }
        let deadline = world.now().advanced(bySeconds: seconds)
        return try await watching(subject) { wait in
            // It may have changed before it was watched.
            var value = try await read()
            while !isNews(value) {
                let left = deadline.seconds(since: world.now())
                guard left > 0, try await wait(left) else { break }
                value = try await read()
            }
            return value
        } ?? first
    }

    /// Runs `body` with a function that waits for a commit about a subject, at most for that many seconds; it returns
    /// false when waiting has to end.
    /// - Returns: nil, without running `body`, when nothing more may wait.
    func watching<Value>(
        _ subject: String, _ body: ((_ seconds: Double) async throws -> Bool) async throws -> Value
    ) async throws -> Value? {
        try await commits.watching([subject]) { signal in
            guard enter(signal) else { return nil }
            defer { leave(signal) }
            return try await body { [self] seconds in
                guard !isClosed else { return false }
                let pause = min(seconds, pollSeconds)
                try await signal.wait { [world] in try await world.sleep(pause) }
                return !isClosed
            }
        }
    }

    /// Releases all and accepts no more.
    func close() {
        let signals = state.withLock { state in
            state.isClosed = true
            return Array(state.signals.values)
        }
        for signal in signals { signal.notify() }
    }

    private func enter(_ signal: Signal) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.signals.count < capacity else { return false }
            state.signals[ObjectIdentifier(signal)] = signal
            return true
        }
    }

    private func leave(_ signal: Signal) { state.withLock { $0.signals[ObjectIdentifier(signal)] = nil } }
}
