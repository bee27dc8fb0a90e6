import CSQLite
import SQLKit
import Synchronization

extension SQLiteConnection {
    /// Whether a transaction is open; some errors end it implicitly (sqlite.org/lang_transaction.html).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` in a read-only transaction on one snapshot.
    func reading<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try control("BEGIN")
        mayWrite = false
        defer {
            mayWrite = true
            rollBack()
        }
        return try body(self)
    }

    /// Runs `body` and commits, or changes nothing.
    func writing<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try control("BEGIN IMMEDIATE")
        return try runAndCommit(body)
    }

    /// Runs `body` and commits, or changes nothing; does not wait for another program that is writing.
    /// - Returns: nil, without running `body`, if another program is writing.
    func writingImmediately<Value>(
        isSynced: Bool, _ body: (SQLiteConnection) throws -> Value
    ) throws -> Value? {
        try setSyncing(isSynced)
        do {
            try withoutWaiting { try control("BEGIN IMMEDIATE") }
        } catch let error as SQLError where error.code == .locked {
            return nil
        }
        return try runAndCommit(body)
    }

    private func runAndCommit<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        runsBodies = true
        defer { runsBodies = false }
        do {
            let value = try body(self)
            try commit()
            return value
        } catch {
            rollBack()
            throw error
        }
    }

    /// Runs `body` within the open transaction; if it fails, only its own changes are rolled back.
    package func inSavepoint<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try control("SAVEPOINT body")
        do {
            let value = try body(self)
            // COMMIT would detect this too, but too late to attribute it to a body.
            guard !hasForeignKeyViolations else {
                throw SQLError(code: .constraint, message: "FOREIGN KEY constraint failed")
            }
            try control("RELEASE body")
            return value
        } catch {
            undoToSavepoint()
            throw error
        }
    }

    package func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try inSavepoint { _ in try body() } }

    private func undoToSavepoint() {
        guard isInTransaction else { return }
        do {
            try control("ROLLBACK TO body")
            try control("RELEASE body")
        } catch {
            // A partial body must never be committed, so the whole transaction is rolled back.
            rollBack()
        }
    }

    /// - Throws: also if a statement has already ended the transaction; nothing was changed then.
    func commit() throws {
        guard isInTransaction else { throw SQLError.transactionLost }
        try control("COMMIT")
        let changes = sqlite3_total_changes(handle)
        guard changes != changesAtCommit else { return }
        changesAtCommit = changes
        if syncsCommits { Self.commits.add(1, ordering: .relaxed) }
    }

    /// Rolls back the transaction if it is still open.
    func rollBack() {
        guard isInTransaction else { return }
        // It only fails if the transaction has ended, or will end with the connection.
        try? control("ROLLBACK")
    }

    /// Whether a deferred foreign key is currently violated.
    private var hasForeignKeyViolations: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }
}

extension SQLError {
    /// A statement ended its transaction, and the body ignored the error.
    static let transactionLost = SQLError(code: .other, message: "a statement rolled back the whole transaction")
}
