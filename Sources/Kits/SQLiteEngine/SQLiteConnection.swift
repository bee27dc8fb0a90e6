import CSQLite
package import SQLKit

/// One handle on an SQLite database, for one thread at a time, with the statements it has prepared.
package final class SQLiteConnection: SQLConnection {
    package enum Access { case readWrite, readOnly }

    /// How many prepared statements are kept; the least recently used goes first.
    private static let statementLimit = 128

    /// Set up once, before the first connection; its result says only whether somebody was faster.
    private static let library = csqlite_set_up()

    package let handle: OpaquePointer
    /// Whether statements may write now; unset within a transaction that only reads.
    package var mayWrite = true
    /// Whether it is in the middle of a transaction's bodies, which must not outlive the transaction.
    var runsBodies = false

    private let busyTimeoutMilliseconds: Int32
    private var statements: [String: SQLiteStatement] = [:]
    private var statementUses = 0
    private var isClosed = false

    /// - Parameters:
    ///   - path: an absolute path of a file that exists, a `file:` URI, `:memory:`, or nothing for a temporary database.
    ///   - busyTimeoutSeconds: how long to wait for a lock of SQLite's own, held by a foreign program.
    package init(_ path: String, access: Access, busyTimeoutSeconds: Double) throws {
        _ = Self.library
        let mode = access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(path, &opened, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nil)
        guard let opened else { throw SQLError(code: .other, message: "SQLite has no memory for a connection") }
        guard result == SQLITE_OK else {
            defer { sqlite3_close_v2(opened) }
            var error = SQLError(connection: opened)
            // Where nothing was opened SQLite has no name for it.
            if !error.message.contains(path) { error.message = "\(path): \(error.message)" }
            throw error
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        busyTimeoutMilliseconds = Int32(clamping: Int((busyTimeoutSeconds * 1000).rounded(.up)))
        sqlite3_busy_timeout(handle, busyTimeoutMilliseconds)
        // "name" in double quotes is a column, never a string; a schema is data and may not call what it likes.
        csqlite_configure(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        csqlite_configure(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        csqlite_configure(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1)
        csqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    deinit { close() }

    /// The file's; empty for a database in memory.
    var path: String { sqlite3_db_filename(handle, "main").map { String(cString: $0) } ?? "" }

    /// Whether another file, or none, is at the path of the one that was opened.
    var hasMoved: Bool {
        var moved: Int32 = 0
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return moved != 0
    }

    /// The errno of the last call of the system that failed on the file or its log; 0 for none.
    var lastSystemError: Int32 { csqlite_last_errno(handle) }

    /// Closes the handle; it may not be used again.
    /// - Parameter checkpoints: moves the log into the file if this is the file's last connection anywhere. Only for
    ///   the holder of the writer lock.
    func close(checkpoints: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        if checkpoints { csqlite_configure(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0) }
        // Statements first: a handle with one left only closes with it.
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
        // sqlite3_changes alone still has the count of an earlier statement after one that changes no row.
        let total = sqlite3_total_changes64(handle)
        try forEachRow(sql, parameters) { _ in }
        return sqlite3_total_changes64(handle) == total ? 0 : Int(sqlite3_changes64(handle))
    }

    package func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        let statement = try statement(for: sql)
        guard !statement.controlsConnection else {
            throw SQLError(code: .other, message: "a body may not control its transaction or connection", sql: sql)
        }
        guard mayWrite || statement.isReadOnly else {
            throw SQLError(code: .readOnly, message: "a body that reads may not write", sql: sql)
        }
        // After some errors SQLite rolls back everything; what a body does then would be committed statement by statement.
        guard !runsBodies || statement.isReadOnly || isInTransaction else { throw SQLError.transactionLost }
        try statement.run(parameters, eachRow: body)
    }

    /// Runs a statement of our own that a body may not run, such as BEGIN.
    package func control(_ sql: String) throws {
        try statement(for: sql).run([]) { _ in }
    }

    /// Runs `body`, in which a lock of SQLite's own that a foreign program holds is an error here and now.
    func withoutWaiting<Value>(_ body: () throws -> Value) rethrows -> Value {
        sqlite3_busy_timeout(handle, 0)
        defer { sqlite3_busy_timeout(handle, busyTimeoutMilliseconds) }
        return try body()
    }

    /// Runs any number of statements without parameters, dropping their rows.
    package func script(_ sql: String) throws {
        guard !sql.utf8.contains(0) else {
            throw SQLError(code: .other, message: "a script holds a NUL character")
        }
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            throw SQLError(connection: handle)
        }
    }

    private func statement(for sql: String) throws -> SQLiteStatement {
        statementUses += 1
        if let statement = statements[sql] {
            // A statement may be asked for again while its rows are being gone through.
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
