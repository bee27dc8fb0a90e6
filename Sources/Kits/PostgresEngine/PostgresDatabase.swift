package import LibraryKit
package import SQLKit

/// A store on a PostgreSQL server: bodies run at REPEATABLE READ, and again after a conflict.
package final class PostgresDatabase: SQLDatabase {
    let pool: PostgresPool
    private let notifier: PostgresNotifier
    private let upkeep: Task<Void, Never>

    private init(_ pool: PostgresPool, schema: String) {
        self.pool = pool
        notifier = PostgresNotifier(pool.options, schema: schema)
        upkeep = Task { await PostgresUpkeep.run(pool) }
    }

    /// Connects, and applies the pending `migrations`.
    /// - Parameters:
    ///   - migrations: nil to look at the server alone, whatever the database holds.
    ///   - migrates: false to fail instead when there are any.
    /// - Throws: ``SQLError``.
    package static func open(
        _ options: PostgresOptions, migrations: [SQLMigration]?, migrates: Bool = true,
        clock: PostgresClock = PostgresClock()
    ) async throws -> PostgresDatabase {
        let pool = PostgresPool(options, clock: clock)
        let migrations = migrations.map { PostgresMigrations($0, schema: options.schema) }
        do {
            let schema = try await pool.withSession { session in
                try migrations?.run(on: session, migrates: migrates)
                return options.schema ?? session.facts.schema
            }
            return PostgresDatabase(pool, schema: schema)
        } catch {
            await pool.close()
            throw error
        }
    }

    /// The version of libpq, such as 150018.
    package static func libraryVersion() throws(SharedLibraryError) -> Int { try PostgresLibrary.version() }

    /// The database's clock, measured on connecting and every minute.
    package var clock: PostgresClock { pool.clock }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await PostgresBody(pool) { _ in .read }.run(body)
    }

    /// A connection waits for its server, so never.
    package func readImmediately<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? { nil }

    /// Runs `body` up to three times, with other bodies in between, until it neither conflicts nor loses its
    /// connection.
    /// - Throws: what `body` throws; ``SQLError`` `busy` when it conflicted each time, `unreachable`, `denied`,
    ///   `timedOut` and others when nothing was changed, `outcomeUnknown` when that is not known; `CancellationError`
    ///   when the task was canceled before the commit.
    @discardableResult
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(isolation: .snapshot, isSynced: true, body)
    }

    /// Every commit is durable: a claim that a crash of the server undoes would be given again under the same fence, to
    /// another host than the one that works on.
    @discardableResult
    package func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await PostgresBody(pool) { .write(isolation, isFirst: $0 == 1) }.run(body)
    }

    package func signals(_ channel: String) -> AsyncStream<Void>? { notifier.signals(channel) }

    package func signal(_ channel: String) { notifier.signal(channel) }

    /// Waits for the bodies that run, then closes all connections; later calls fail.
    package func close() async {
        upkeep.cancel()
        await notifier.close()
        await pool.close()
    }
}

/// What goes on beside the bodies of a database.
enum PostgresUpkeep {
    private static let seconds = 60.0

    /// Closes connections that were not used for long, and measures the clock; until the task is canceled.
    static func run(_ pool: PostgresPool) async {
        let period = Duration.seconds(min(seconds, max(pool.options.unusedSeconds, 1)))
        while (try? await Task.sleep(for: period)) != nil {
            await pool.closeIdle(unusedSince: .now - .seconds(pool.options.unusedSeconds))
            try? await measure(pool)
        }
    }

    /// Compares the clocks; the fastest of several answers counts.
    static func measure(_ pool: PostgresPool) async throws {
        let samples = try await pool.withSession { session in
            try (0..<3).map { _ in try session.compareClocks() }
        }
        if let best = samples.min(by: { $0.uncertainty < $1.uncertainty }) { pool.clock.add(best) }
    }
}
