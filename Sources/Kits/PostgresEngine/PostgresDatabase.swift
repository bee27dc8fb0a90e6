package import LibraryKit
package import SQLKit

/// A store on a PostgreSQL server: bodies run at REPEATABLE READ and are retried after a conflict.
package final class PostgresDatabase: SQLDatabase {
    let pool: PostgresPool
    private let notifier: PostgresNotifier
    private let upkeep: Task<Void, Never>

    private init(_ pool: PostgresPool, schema: String) {
        self.pool = pool
        notifier = PostgresNotifier(pool.options, schema: schema)
        upkeep = Task { await PostgresUpkeep.run(pool) }
    }

    /// Connects and applies the pending `migrations`.
    /// - Parameters:
    ///   - migrations: nil to inspect the server only, whatever the database contains.
    ///   - migrates: false to fail when migrations are pending.
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

    /// Always nil: a connection has to wait for its server.
    package func readImmediately<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? { nil }

    /// Runs `body` up to three times, until it neither conflicts nor loses its connection; other bodies may run in
    /// between.
    /// - Throws: what `body` throws; ``SQLError`` `busy` when it conflicted each time, `unreachable`, `denied`,
    ///   `timedOut` and others when nothing was changed, `outcomeUnknown` when the outcome could not be determined;
    ///   `CancellationError` when the task was canceled before the commit.
    @discardableResult
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(isolation: .snapshot, isSynced: true, body)
    }

    /// Every commit is durable. If a server crash undid a claim, the task would be claimed again under the same fence
    /// by another host, while the first one is still working on it.
    @discardableResult
    package func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await PostgresBody(pool) { .write(isolation, isFirst: $0 == 1) }.run(body)
    }

    package func signals(_ channel: String) -> AsyncStream<Void>? { notifier.signals(channel) }

    package func signal(_ channel: String) { notifier.signal(channel) }

    /// Waits for running bodies, then closes all connections; later calls fail.
    package func close() async {
        upkeep.cancel()
        await notifier.close()
        await pool.close()
    }
}

/// Background maintenance of a database's connections and clock.
enum PostgresUpkeep {
    private static let seconds = 60.0

    /// Closes connections that have been idle for long and measures the clock, until the task is canceled.
    static func run(_ pool: PostgresPool) async {
        let period = Duration.seconds(min(seconds, max(pool.options.unusedSeconds, 1)))
        while (try? await Task.sleep(for: period)) != nil {
            await pool.closeIdle(unusedSince: .now - .seconds(pool.options.unusedSeconds))
            try? await measure(pool)
        }
    }

    /// Compares the clocks several times; the fastest answer counts.
    static func measure(_ pool: PostgresPool) async throws {
        let samples = try await pool.withSession { session in
            try (0..<3).map { _ in try session.compareClocks() }
        }
        if let best = samples.min(by: { $0.uncertainty < $1.uncertainty }) { pool.clock.add(best) }
    }
}
