import CSQLite
package import SQLKit
import Synchronization

/// One SQLite connection, used by one thread at a time, with its cache of prepared statements.
package final class SQLiteConnection: SQLConnection {
    package enum Access { case readWrite, readOnly }

    /// Maximum number of cached prepared statements; the least recently used is evicted first.
    private static let statementLimit = 128

    /// Initialized once, before the first connection. The result only tells whether another thread came first.
    private static let library = csqlite_set_up()

    package let handle: OpaquePointer
    /// Whether statements may write; false within a read-only transaction.
    package var mayWrite = true
    /// Whether a transaction's body is running; it must not outlive the transaction.
    var runsBodies = false

    /// How many synced transactions of this process have changed a database.
    static let commits = Atomic(0)
    /// Whether later commits wait for the disk.
    private(set) var syncsCommits = true
    /// What SQLite counted of this connection's changes at its last commit.
    var changesAtCommit: Int32 = 0

    private let busyTimeoutMilliseconds: Int32
    private var statements: [String: SQLiteStatement] = [:]
    private var statementUses = 0
    private var isClosed = false

    /// - Parameters:
    ///   - path: the absolute path of an existing file, a `file:` URI, `:memory:`, or empty for a temporary database.
    ///   - busyTimeoutSeconds: how long to wait for an SQLite lock held by another program.
    package init(_ path: String, access: Access, busyTimeoutSeconds: Double) throws {
        _ = Self.library
        let mode = access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nil)
        guard let opened else { throw SQLError(code: .other, message: "out of memory while opening a connection") }
        guard result == SQLITE_OK else {
            defer { sqlite3_close_v2(opened) }
            var error = SQLError(connection: opened)
            // SQLite has no file name to report if nothing was opened.
            if !error.message.contains(path) { error.message = "\(path): \(error.message)" }
            throw error
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        busyTimeoutMilliseconds = Int32(clamping: Int((busyTimeoutSeconds * 1000).rounded(.up)))
        sqlite3_busy_timeout(handle, busyTimeoutMilliseconds)
        // Text in double quotes is a column, never a string. The schema is untrusted and may not call arbitrary
        // functions.
        csqlite_configure(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        csqlite_configure(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1)
        csqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    deinit { close() }

    /// The file's path; empty for an in-memory database.
    var path: String { sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? "" }

    /// Whether another file, or none, is now at the path of the opened one.
    var hasMoved: Bool {
        var moved: Int32 = 0
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return moved != 0
    }

    /// The errno of the last system call that failed on the file or its log; 0 for none.
    var lastSystemError: Int32 { csqlite_last_errno(handle) }

    /// Closes the connection, which must not be used afterwards.
    /// - Parameter checkpoints: checkpoints the log if this is the file's last connection. Only for the holder of the
    ///   writer lock.
    func close(checkpoints: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        if checkpoints { csqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0) }
        // Statements first: SQLite defers closing while a statement is open.
        statements = [:]
        sqlite3_close_v2(handle)
    }

    package func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        var rows: [SQLRow] = []
        try forEachRow(sql, parameters) { rows.append($0) }
        return rows
    }

    @discardableResult
    package func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        // After a statement that changes no row, sqlite3_changes still returns the count of an earlier one.
        let total = sqlite3_total_changes64(handle)
        try forEachRow(sql, parameters) { _ in }
        return sqlite3_total_changes64(handle) == total ? 0 : Int(sqlite3_changes64(handle))
    }

    @discardableResult
    package func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        guard !parameterSets.isEmpty else { return [] }
        let statement = try bodyStatement(for: sql)
        return try parameterSets.map { parameters in
            let total = sqlite3_total_changes64(handle)
            try run(statement, parameters) { _ in }
            return sqlite3_total_changes64(handle) == total ? 0 : Int(sqlite3_changes64(handle))
        }
    }

    package var dialect: SQLDialect { .sqlite }

    package func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try run(try bodyStatement(for: sql), parameters, body)
    }

    /// A statement that a body may run.
    private func bodyStatement(for sql: String) throws -> SQLiteStatement {
        let statement = try statement(for: sql)
        guard !statement.controlsConnection else {
            throw SQLError(code: .other, message: "a body may not control its transaction or connection", sql: sql)
        }
        guard mayWrite || statement.isReadOnly else {
            throw SQLError(code: .readOnly, message: "a read transaction may not write", sql: sql)
        }
        return statement
    }

    private func run(
        _ statement: SQLiteStatement, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void
    ) throws {
        // After some errors SQLite rolls back the transaction; later statements of the body would then commit one by
        // one.
        guard !runsBodies || statement.isReadOnly || isInTransaction else { throw SQLError.transactionLost }
        try statement.run(parameters, eachRow: body)
    }

    /// Runs a statement that bodies may not run, such as BEGIN.
    package func control(_ sql: String) throws {
        try statement(for: sql).run([]) { _ in }
    }

    /// Runs `body` without a busy timeout: an SQLite lock held by another program is an immediate error.
    func withoutWaiting<Value>(_ body: () throws -> Value) rethrows -> Value {
        sqlite3_busy_timeout(handle, 0)
        defer { sqlite3_busy_timeout(handle, busyTimeoutMilliseconds) }
        return try body()
    }

    /// Sets whether the next transaction's commit waits for the disk. In WAL mode, NORMAL only omits that sync: the
    /// next synced commit also syncs everything before it in the log, and a checkpoint never runs ahead of the log.
    func setSyncing(_ syncs: Bool) throws {
        guard syncs != syncsCommits else { return }
        // The pragma takes effect when it is compiled, so it cannot be a cached statement.
        try script("PRAGMA synchronous = \(syncs ? "FULL" : "NORMAL")")
        syncsCommits = syncs
    }

    /// Runs statements without parameters and discards their rows.
    package func script(_ sql: String) throws {
        guard !sql.utf8.contains(0) else {
            throw SQLError(code: .other, message: "a script contains a NUL character")
        }
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLError(connection: handle)
        }
    }

    private func statement(for sql: String) throws -> SQLiteStatement {
        statementUses += 1
        if let statement = statements[sql] {
            // The same statement may be requested again while its rows are being read.
            guard !statement.isRunning else { return try SQLiteStatement(sql, connection: handle) }
            statement.lastUse = statementUses
            return statement
        }
        let statement = try SQLiteStatement(sql, connection: handle)
        statement.lastUse = statementUses
        if statements.count == Self.statementLimit,
            let oldest = statements.filter({ !$0.value.isRunning }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            statements[oldest.key] = nil
        }
        statements[sql] = statement
        return statement
    }
}
