import LibraryKit
import SQLKit

/// One connection, opened on first use, with its own dispatch queue.
actor PostgresConnection {
    private let executor = DispatchQueueExecutor(label: "postgres.connection")
    private let options: PostgresOptions
    /// Called with each new session; throws when the session must not be used.
    private let admit: @Sendable (PostgresFacts) throws -> Void
    private nonisolated let waker = PostgresWaker()
    private var session: PostgresSession?
    /// The generation in which the session was opened; a session of an older generation is replaced.
    private var generation = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ options: PostgresOptions, admit: @escaping @Sendable (PostgresFacts) throws -> Void) {
        (self.options, self.admit) = (options, admit)
    }

    /// Runs `body` with the session. A session that is broken afterwards is closed, and the next use opens another.
    ///
    /// When the task is canceled, the running statement is canceled too, and `body` sees it fail.
    /// - Parameter generation: sessions of an earlier generation are not reused.
    /// - Throws: what `body` throws; ``SQLError`` when no session can be opened; `CancellationError`.
    nonisolated func use<Value: Sendable>(
        generation: Int = 0, _ body: @Sendable (PostgresSession) throws -> Value
    ) async throws -> Value {
        let interrupt = PostgresInterrupt(waker)
        return try await withTaskCancellationHandler {
            try await use(interrupt, generation, body)
        } onCancel: {
            interrupt.set()
        }
    }

    private func use<Value: Sendable>(
        _ interrupt: PostgresInterrupt, _ generation: Int, _ body: @Sendable (PostgresSession) throws -> Value
    ) throws -> Value {
        try Task.checkCancellation()
        let session = try ready(interrupt, generation)
        session.wire.interrupt = interrupt
        defer {
            session.wire.interrupt = nil
            // A cancel request may still be on its way.
            if interrupt.isSet || session.isBroken { self.session = nil }
        }
        return try body(session)
    }

    private func ready(_ interrupt: PostgresInterrupt, _ generation: Int) throws -> PostgresSession {
        if let session, self.generation >= generation {
            session.wire.interrupt = interrupt
            do {
                try session.settle()
                if !session.wire.hasEnded() {
                    try session.tidy()
                    return session
                }
            } catch {
                guard session.isBroken else { throw error }
            }
        }
        session = nil
        let new = try PostgresConnector(options, waker: waker, interrupt: interrupt).connect()
        try admit(new.facts)
        (session, self.generation) = (new, generation)
        return new
    }

    func close() { session = nil }
}
