import FoundationEssentials
import PostgresEngine
package import SQLKit
import SQLiteEngine
import Synchronization

/// A new store on the engine under test, which several sessions can open.
package struct TestStore: Sendable {
    private enum Place: Sendable {
        case file(TemporaryDirectory)
        case database(address: String)
    }

    private let place: Place
    private let migrations: [SQLMigration]

    /// Creates a store and applies `migrations`.
    package init(_ migrations: [SQLMigration]) async throws {
        self.migrations = migrations
        place =
            switch StoreEngine.current {
            case .sqlite: .file(try TemporaryDirectory())
            case .postgres: .database(address: try await TestDatabases.make(migrations))
            }
    }

    /// Its path or URL, for other processes.
    package var address: String {
        switch place {
        case .file(let directory): directory.file("store.db")
        case .database(let address): address
        }
    }

    /// Opens another session. A PostgreSQL session is closed at the end of the test.
    /// - Parameter connections: the maximum number of connections of a PostgreSQL session.
    package func open(connections: Int = 4) async throws -> any SQLDatabase {
        switch place {
        case .file(let directory):
            TestDatabases.keep(directory)
            return try await SQLiteDatabase.open(.file(path: address), migrations: migrations)
        case .database(let address):
            var options = try PostgresOptions(address: address)
            options.connections = connections
            let database = try await PostgresDatabase.open(options, migrations: migrations)
            TestDatabases.keep(database)
            return database
        }
    }

    /// A new store with one session: in memory, or in a database of the shared cluster.
    package static func open(_ migrations: [SQLMigration]) async throws -> any SQLDatabase {
        switch StoreEngine.current {
        case .sqlite: try await SQLiteDatabase.open(.memory, migrations: migrations)
        case .postgres: try await TestStore(migrations).open()
        }
    }
}

/// The databases that tests created in the shared cluster, and their sessions.
final class TestDatabases: Sendable {
    private struct State {
        var names: [String] = []
        var sessions: [PostgresDatabase] = []
        /// SQLite sessions need their files until the test ends.
        var directories: [TemporaryDirectory] = []
    }

    @TaskLocal private static var current: TestDatabases?
    private static let templates = Templates()
    /// Limits concurrent tests, because the server has a limited number of connections.
    private static let turns = Turns(4)

    private let state = Mutex(State())

    /// Runs a test, then removes its databases.
    static func withScope(on engine: StoreEngine, _ body: () async throws -> Void) async throws {
        let databases = TestDatabases()
        guard engine == .postgres else { return try await $current.withValue(databases, operation: body) }
        await turns.take()
        let result: Result<Void, any Error>
        do { result = .success(try await $current.withValue(databases, operation: body)) } catch {
            result = .failure(error)
        }
        let made = databases.state.withLock { $0 }
        for session in made.sessions { await session.close() }
        for name in made.names {
            try? await PostgresCluster.shared.run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        }
        turns.give()
        try result.get()
    }

    /// - Returns: the address of a new database with these migrations applied.
    static func make(_ migrations: [SQLMigration]) async throws -> String {
        let cluster = try await PostgresCluster.shared
        let template = try await templates.template(migrations)
        let name = uniqueName()
        current?.state.withLock { $0.names.append(name) }
        try await cluster.run("CREATE DATABASE \(name) TEMPLATE \(template)")
        return cluster.address(of: name)
    }

    static func keep(_ session: PostgresDatabase) { current?.state.withLock { $0.sessions.append(session) } }

    static func keep(_ directory: TemporaryDirectory) { current?.state.withLock { $0.directories.append(directory) } }

    static func uniqueName() -> String { "test_\(UUID().uuidString.lowercased().replacing("-", with: ""))" }
}

/// Migrated databases that serve as templates for those of tests.
private actor Templates {
    private var made: [[SQLMigration]: Task<String, any Error>] = [:]

    func template(_ migrations: [SQLMigration]) async throws -> String {
        let task =
            made[migrations]
            ?? Task {
                let cluster = try await PostgresCluster.shared
                let name = TestDatabases.uniqueName()
                try await cluster.run("CREATE DATABASE \(name)")
                let options = try PostgresOptions(address: cluster.address(of: name))
                let database = try await PostgresDatabase.open(options, migrations: migrations)
                await database.close()
                // The template cannot be copied until the server has noticed the end of the session.
                try await cluster.run(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '\(name)'")
                return name
            }
        made[migrations] = task
        return try await task.value
    }
}

/// Limits the number of concurrent callers.
private final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiters.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let waiter = state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil as CheckedContinuation<Void, Never>?
            }
            return state.waiters.removeFirst()
        }
        waiter?.resume()
    }
}
