import LibraryKit
import SQLKit
import Synchronization

/// One connection, opened by its first use, on a queue of its own.
actor PostgresConnection {
    private let executor = DispatchQueueExecutor(label: "postgres.connection")
    private let options: PostgresOptions
    private var session: PostgresSession?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: PostgresOptions) { self.options = options }

    /// Runs `body` with the session. A session that is broken afterwards is closed, and the next use opens another.
    func use<Value: Sendable>(_ body: @Sendable (PostgresSession) throws -> Value) throws -> Value {
        let session = try self.session ?? PostgresSession(options)
        self.session = session
        defer { if session.isBroken { self.session = nil } }
        do {
            try session.tidy()
            return try body(session)
        } catch let error as SQLError where error.code == .unreachable {
            self.session = nil
            throw error
        }
    }

    func close() { session = nil }
}

/// The connections of a database. A body waits for a free one in the order of arrival.
final class PostgresPool: Sendable {
    private struct State {
        var idle: [PostgresConnection] = []
        var made = 0
        var waiters: [CheckedContinuation<PostgresConnection?, Never>] = []
        var isClosed = false
    }

    private let options: PostgresOptions
    private let state = Mutex(State())

    init(_ options: PostgresOptions) { self.options = options }

    func withConnection<Value: Sendable>(
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await take()
        defer { give(back: connection) }
        try Task.checkCancellation()
        return try await body(connection)
    }

    func close() async {
        let (idle, waiters) = state.withLock { state in
            defer { (state.idle, state.waiters, state.isClosed) = ([], [], true) }
            return (state.idle, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: nil) }
        for connection in idle { await connection.close() }
    }

    private func take() async throws -> PostgresConnection {
        let connection: PostgresConnection? = await withCheckedContinuation { continuation in
            let (isReady, connection) = state.withLock { state -> (Bool, PostgresConnection?) in
                if state.isClosed { return (true, nil) }
                if let idle = state.idle.popLast() { return (true, idle) }
                guard state.made < max(1, options.connections) else {
                    state.waiters.append(continuation)
                    return (false, nil)
                }
                state.made += 1
                return (true, PostgresConnection(options))
            }
            if isReady { continuation.resume(returning: connection) }
        }
        guard let connection else { throw SQLError(code: .cannotOpen, message: "the store is closed") }
        return connection
    }

    private func give(back connection: PostgresConnection) {
        let waiter = state.withLock { state -> CheckedContinuation<PostgresConnection?, Never>? in
            guard !state.waiters.isEmpty else {
                if !state.isClosed { state.idle.append(connection) }
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.resume(returning: connection)
    }
}
