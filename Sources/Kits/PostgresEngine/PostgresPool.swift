import SQLKit
import Synchronization

/// The connection pool of a database. Bodies wait for a free connection in order of arrival.
final class PostgresPool: Sendable {
    private struct Waiter {
        var number: Int
        var continuation: CheckedContinuation<PostgresConnection, any Error>
    }

    private struct Idle {
        var connection: PostgresConnection
        var since: ContinuousClock.Instant
    }

    private struct State {
        /// The connection returned last is reused first, so that surplus connections stay idle and are closed.
        var idle: [Idle] = []
        var inUse = 0
        var waiters: [Waiter] = []
        var lastWaiter = 0
        var isClosed = false
        /// Callers of ``close()``, waiting until all connections are idle.
        var closers: [CheckedContinuation<Void, Never>] = []
        var generation = 0
        /// The system identifier of the first server that answered.
        var systemIdentifier: String?
    }

    let options: PostgresOptions
    let clock: PostgresClock
    private let state = Mutex(State())

    init(_ options: PostgresOptions, clock: PostgresClock = PostgresClock()) {
        (self.options, self.clock) = (options, clock)
    }

    /// - Throws: what `body` throws; ``SQLError``; `CancellationError` when the task is canceled while it waits.
    func withSession<Value: Sendable>(
        _ body: @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        let connection = try await take()
        defer { give(back: connection) }
        return try await connection.use(generation: state.withLock { $0.generation }, body)
    }

    /// Makes every connection reconnect before its next use, as after a failover.
    func renew() { state.withLock { $0.generation += 1 } }

    /// Waits for running bodies, refuses new ones, and closes all connections.
    func close() async {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(throwing: Self.closed) }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.inUse > 0 { state.closers.append(continuation) }
                return state.inUse == 0
            }
            if isDone { continuation.resume() }
        }
        await closeIdle(unusedSince: nil)
    }

    /// Closes connections that have been idle since `moment`; nil for all idle connections.
    func closeIdle(unusedSince moment: ContinuousClock.Instant?) async {
        let old = state.withLock { state in
            let old = state.idle.filter { idle in moment.map { idle.since <= $0 } ?? true }
            state.idle.removeAll { idle in moment.map { idle.since <= $0 } ?? true }
            return old
        }
        for idle in old { await idle.connection.close() }
    }

    /// How many connections are in use, how many are idle, and how many bodies wait for one.
    var counts: (inUse: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.inUse, $0.idle.count, $0.waiters.count) }
    }

    private static let closed = SQLError(code: .cannotOpen, message: "the store is closed")

    private func take() async throws -> PostgresConnection {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<PostgresConnection, any Error>? = state.withLock { state in
                    if state.isClosed { return .failure(Self.closed) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.inUse < max(1, options.connections) else {
                        state.waiters.append(Waiter(number: number, continuation: continuation))
                        return nil
                    }
                    state.inUse += 1
                    return .success(state.idle.popLast()?.connection ?? makeConnection())
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func makeConnection() -> PostgresConnection {
        PostgresConnection(options) { [weak self] facts in try self?.admit(facts) }
    }

    /// - Throws: ``SQLError`` `replaced` when the server belongs to another cluster than the one first opened.
    private func admit(_ facts: PostgresFacts) throws {
        if let sample = facts.clock { clock.add(sample) }
        guard let identifier = facts.systemIdentifier else { return }
        let known = state.withLock { state in
            state.systemIdentifier = state.systemIdentifier ?? identifier
            return state.systemIdentifier
        }
        guard known == identifier else {
            throw SQLError(code: .replaced, message: "another database cluster answers at this address")
        }
    }

    private func give(back connection: PostgresConnection) {
        let (waiter, closers) = state.withLock { state -> (Waiter?, [CheckedContinuation<Void, Never>]) in
            guard state.waiters.isEmpty else { return (state.waiters.removeFirst(), []) }
            state.inUse -= 1
            state.idle.append(Idle(connection: connection, since: .now))
            guard state.inUse == 0 else { return (nil, []) }
            defer { state.closers = [] }
            return (nil, state.closers)
        }
        waiter?.continuation.resume(returning: connection)
        for closer in closers { closer.resume() }
    }
}
