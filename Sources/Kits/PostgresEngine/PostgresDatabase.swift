package import LibraryKit
package import SQLKit

/// A store on a PostgreSQL server: bodies run at REPEATABLE READ, and again after a conflict.
package final class PostgresDatabase: SQLDatabase {
    private let pool: PostgresPool

    private init(_ pool: PostgresPool) { self.pool = pool }

    /// Connects, and applies the pending `migrations`.
    /// - Parameter migrates: false to fail instead when there are any.
    /// - Throws: ``SQLError``.
    package static func open(
        _ options: PostgresOptions, migrations: [SQLMigration], migrates: Bool = true
    ) async throws -> PostgresDatabase {
        let pool = PostgresPool(options)
        let schema = PostgresMigrations(migrations, schema: options.schema)
        do {
            try await pool.withConnection { connection in
                try await connection.use { session in try schema.run(on: session, migrates: migrates) }
            }
        } catch {
            await pool.close()
            throw error
        }
        return PostgresDatabase(pool)
    }

    /// The version of libpq, such as 150018.
    package static func libraryVersion() throws(SharedLibraryError) -> Int { try PostgresSession.libraryVersion() }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await repeating { try await self.run(.read, body) }
    }

    package func readImmediately<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? { nil }

    @discardableResult
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await repeating { try await self.run(.write, body) }
    }

    package func close() async { await pool.close() }

    // MARK: Running

    /// A body's failure, and whether running it again may succeed.
    private struct Failure: Error {
        var error: any Error
        var isWorthRepeating: Bool
    }

    private func repeating<Value: Sendable>(_ run: () async throws -> Value) async throws -> Value {
        for attempt in 1... {
            do {
                return try await run()
            } catch let failure as Failure {
                guard failure.isWorthRepeating, attempt < SQLRetry.attempts else { throw failure.error }
            }
        }
        preconditionFailure("unreachable")
    }

    /// How a transaction has ended whose body has run to its end.
    private enum Ending<Value: Sendable>: Sendable {
        case committed(Value)
        case lost(Value, LostCommit)
    }

    private func run<Value: Sendable>(
        _ kind: PostgresTransaction.Kind, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let ending = try await pool.withConnection { connection in
            try await connection.use { session in try Self.run(kind, body, on: session) }
        }
        switch ending {
        case .committed(let value): return value
        case .lost(let value, let lost):
            guard let number = lost.number else { throw Failure(error: lost.error, isWorthRepeating: true) }
            switch try? await outcome(of: number) {
            case "committed": return value
            case "aborted": throw Failure(error: lost.error, isWorthRepeating: true)
            default: throw SQLError(code: .outcomeUnknown, message: lost.error.message)
            }
        }
    }

    /// What became of a transaction: `committed`, `aborted`, `in progress`; nil when the server does not know it.
    private func outcome(of number: String) async throws -> String? {
        try await pool.withConnection { connection in
            try await connection.use { session in
                let parameters = try PostgresParameters([.text(number)])
                return try session.exchange([
                    .statement("SELECT pg_xact_status($1::text::xid8) AS status", parameters)
                ])[0].rows.first?.optionalText("status")
            }
        }
    }

    private static func run<Value: Sendable>(
        _ kind: PostgresTransaction.Kind, _ body: @Sendable (any SQLConnection) throws -> Value,
        on session: PostgresSession
    ) throws -> Ending<Value> {
        let transaction = try PostgresTransaction(kind, on: session)
        do {
            let value = try body(transaction)
            do { try transaction.commit() } catch let lost as LostCommit { return .lost(value, lost) }
            return .committed(value)
        } catch {
            let code = (error as? SQLError)?.code
            let isDuplicate = code == .constraint && session.failedState == "23505"
            transaction.rollBack()
            throw Failure(error: error, isWorthRepeating: code == .conflict || isDuplicate)
        }
    }
}
