import SQLKit

/// Runs one transaction body to its end, repeating it where needed.
struct PostgresBody {
    private let pool: PostgresPool
    private let kind: @Sendable (_ attempt: Int) -> PostgresTransaction.Kind

    init(_ pool: PostgresPool, kind: @escaping @Sendable (_ attempt: Int) -> PostgresTransaction.Kind) {
        (self.pool, self.kind) = (pool, kind)
    }

    /// How one run ended. A failed run changed nothing.
    private enum Ending<Value: Sendable>: Sendable {
        case committed(Value)
        case lost(Value, PostgresOutcome)
        case failed(any Error, isWorthRepeating: Bool)
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        for attempt in 1... {
            var ending = try await run(kind(attempt), body)
            if case .lost(let value, let outcome) = ending { ending = await resolve(value, outcome) }
            switch ending {
            case .committed(let value): return value
            case .lost(_, let outcome): throw outcome.unknown
            case .failed(let error, let isWorthRepeating):
                guard isWorthRepeating else { throw error }
                guard attempt < SQLRetry.attempts else { throw Self.exhausted(error) }
                try await pause(attempt)
            }
        }
        preconditionFailure("unreachable")
    }

    private static func exhausted(_ error: any Error) -> any Error {
        guard let error = error as? SQLError, error.code == .conflict else { return error }
        return SQLError(
            code: .busy,
            message: "others changed the same data each of the \(SQLRetry.attempts) times: \(error.message)",
            sql: error.sql)
    }

    /// Waits a few milliseconds, chosen at random, so that two bodies that conflicted do not collide again.
    private func pause(_ attempt: Int) async throws {
        try await Task.sleep(for: .microseconds(Int.random(in: 0...4000) << (attempt - 1)))
    }

    private func run<Value: Sendable>(
        _ kind: PostgresTransaction.Kind, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Ending<Value> {
        let ending = try await pool.withSession { session in try Self.run(kind, body, on: session) }
        if case .failed(let error as SQLError, _) = ending, error.code == .standby {
            // This server used to be the primary; another one is now.
            pool.renew()
        }
        return ending
    }

    private static func run<Value: Sendable>(
        _ kind: PostgresTransaction.Kind, _ body: @Sendable (any SQLConnection) throws -> Value,
        on session: PostgresSession
    ) throws -> Ending<Value> {
        let transaction = try PostgresTransaction(kind, on: session)
        do {
            let value = try body(transaction)
            if session.wire.interrupt?.isSet == true { throw CancellationError() }
            // From here on the commit is not interrupted.
            session.wire.interrupt = nil
            do { try transaction.commit() } catch let lost as LostCommit {
                guard let outcome = PostgresOutcome(of: lost, session.facts) else {
                    return .failed(lost.error, isWorthRepeating: true)
                }
                return .lost(value, outcome)
            }
            return .committed(value)
        } catch {
            if session.wire.interrupt?.isSet == true {
                session.wire.abandon()
                throw CancellationError()
            }
            let isDuplicate = (error as? SQLError)?.code == .constraint && session.failedState == "23505"
            let isWorthRepeating = isDuplicate || transaction.voided.map(Self.isWorthRepeating) ?? false
            transaction.rollBack()
            return .failed(error, isWorthRepeating: isWorthRepeating)
        }
    }

    private static func isWorthRepeating(_ error: SQLError) -> Bool {
        // A server that stopped answering or has no free connection is not asked again.
        [.conflict, .unreachable, .standby, .constraint].contains(error.code)
    }

    private func resolve<Value: Sendable>(_ value: Value, _ outcome: PostgresOutcome) async -> Ending<Value> {
        switch await outcome.lookUp(pool) {
        case .committed: .committed(value)
        case .aborted: .failed(outcome.error, isWorthRepeating: true)
        case .unknown: .lost(value, outcome)
        }
    }
}
