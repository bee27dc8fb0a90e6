import CSQLite
package import SQLKit
import Synchronization

/// An SQLite database: one writing connection with group commit, and several connections that read concurrently.
///
/// A file uses write-ahead logging, and every commit is synced to disk, except those of
/// ``writeUnsynced(isolation:_:)``. A lock on the file `<path>-lock` serializes writers across processes.
package final class SQLiteDatabase: SQLDatabase {
    /// Nil when opened read-only.
    let writer: SQLiteWriter?
    private let readers: [SQLiteReader]
    private let migrations: SQLMigrations

    private init(writer: SQLiteWriter?, readers: [SQLiteReader], migrations: SQLMigrations) {
        self.writer = writer
        self.readers = readers
        self.migrations = migrations
    }

    /// Opens a database, creates it if necessary, and applies the pending `migrations`.
    ///
    /// The directory must exist unless ``SQLiteOptions/createsDirectory`` is set. Files are created with mode 0600.
    /// - Throws: ``SQLError``: `cannotOpen`, `notADatabase` (also for another program's), `corrupt`, `readOnly` (also
    ///   for an old schema when opened read-only), `diskFull`, `locked`, `newerSchema`, `changedMigration`.
    package static func open(
        _ location: SQLiteLocation, migrations: [SQLMigration], options: SQLiteOptions = .init()
    ) async throws -> SQLiteDatabase {
        let migrations = try SQLMigrations(migrations)
        switch (location, options.mode) {
        case (.memory, _), (.temporary, _):
            let writer = SQLiteWriter(options)
            try await writer.openPrivate(location.privateName ?? "", migrations: migrations)
            return SQLiteDatabase(writer: writer, readers: [], migrations: migrations)
        case (.file(let path), .readWrite):
            let writer = SQLiteWriter(options)
            let file = try await writer.openFile(
                path, createsDirectory: options.createsDirectory, migrations: migrations)
            return SQLiteDatabase(
                writer: writer, readers: makeReaders(max(0, options.readers), of: file, options), migrations: migrations
            )
        case (.file(let path), .readOnly):
            let readers = makeReaders(max(1, options.readers), of: try SQLiteFile(at: path), options)
            try await readers[0].check(migrations)
            return SQLiteDatabase(writer: nil, readers: readers, migrations: migrations)
        }
    }

    private static func makeReaders(_ count: Int, of file: SQLiteFile, _ options: SQLiteOptions) -> [SQLiteReader] {
        (0..<count).map { _ in SQLiteReader(file: file, options: options) }
    }

    /// - Throws: what `body` throws; `CancellationError` if the task is cancelled before the body's turn.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await explaining { try await readUnexplained(body) }
    }

    private func readUnexplained<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        guard let reader = readers.min(by: { $0.load.load(ordering: .relaxed) < $1.load.load(ordering: .relaxed) })
        else { return try await writable().read(body) }
        reader.load.add(1, ordering: .relaxed)
        defer { reader.load.subtract(1, ordering: .relaxed) }
        return try await reader.read(body)
    }

    /// - Returns: nil for an in-memory database, and when every reading connection is in use.
    /// - Throws: what `body` throws.
    package func readImmediately<Value: Sendable>(
        _ body: @Sendable (any SQLConnection) throws -> Value
    ) throws -> Value? {
        for reader in readers {
            if let value = try reader.readImmediately(body) { return value }
        }
        return nil
    }

    /// Runs `body` at most once; it may share its commit with others, and is rolled back alone if it throws.
    /// - Throws: what `body` throws; ``SQLError`` `locked`, `diskFull` or another when its transaction fails;
    ///   `readOnly` when opened read-only; `CancellationError` if the task is cancelled before the body's turn.
    @discardableResult
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await write(isolation: .snapshot, isSynced: true, body)
    }

    @discardableResult
    package func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await explaining { try await writable().write(isSynced: isSynced, body) }
        } catch let error as SQLError where error.code == .replaced {
            distrustFile()
            throw error
        }
    }

    package func distrustFile() {
        for reader in readers { reader.distrustFile() }
    }

    /// Names the missing part of the schema if that made a statement fail: SQLite has the same code for all faulty
    /// statements.
    private func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as SQLError where error.code == .other {
            guard let defects = try? await schemaDefects(),
                let first = defects.first(where: { $0.hasSuffix("missing") })
            else { throw error }
            throw SQLError(code: .incomplete, message: first, sql: error.sql)
        }
    }

    /// Completes pending work and closes all connections; later calls fail with `cannotOpen`.
    package func close() async {
        for reader in readers { await reader.close() }
        await writer?.close()
    }

    /// How many synced commits of this process have changed a database so far.
    package static var commits: Int { SQLiteConnection.commits.load(ordering: .relaxed) }

    /// The version of the SQLite library in use, such as `3.40.1`.
    package static func libraryVersion() -> String { String(cString: sqlite3_libversion()) }

    /// Whether the library has the WAL-reset bug of releases before 3.51.3 (sqlite.org/wal.html), which can corrupt a
    /// log that two connections reset simultaneously. The writer lock prevents it.
    package static var hasWALResetBug: Bool { sqlite3_libversion_number() < 3_051_003 }

    /// Compares the schema with the one the migrations create and reports the differences; empty if there are none.
    package func schemaDefects() async throws -> [String] {
        let expected = try SchemaForm(made: migrations)
        return try await readUnexplained { try SchemaForm(of: $0) }.defects(comparedTo: expected)
    }

    /// Reads the whole database and reports damage; empty if there is none.
    /// - Throws: ``SQLError`` `inputOutput` if the disk failed, which leaves part of the database unchecked.
    package func integrityCheck() async throws -> [String] {
        do {
            return try await read { connection in
                let damage = try connection.query("PRAGMA integrity_check").map { try $0.text("integrity_check") }
                let orphans = try connection.query("PRAGMA foreign_key_check").map {
                    "row in \(try $0.text("table")) without its parent in \(try $0.text("parent"))"
                }
                // integrity_check reports an unreadable page as damage.
                let number = (connection as? SQLiteConnection)?.lastSystemError ?? 0
                guard damage == ["ok"] || SQLError.Code(systemError: number) != .inputOutput else {
                    throw SQLError(path: "the store", systemError: number)
                }
                return damage.filter { $0 != "ok" } + orphans
            }
        } catch let error as SQLError where error.code == .corrupt || error.code == .notADatabase {
            return [error.message]
        }
    }

    private func writable() throws -> SQLiteWriter {
        guard let writer else { throw SQLError(code: .readOnly, message: "the store was opened read-only") }
        return writer
    }
}
