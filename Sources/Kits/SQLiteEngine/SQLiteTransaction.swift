import CSQLite
import SQLKit

extension SQLiteConnection {
    /// Whether a transaction is open; some errors end it by themselves (sqlite.org/lang_transaction.html).
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Runs `body` on one snapshot, which it cannot change.
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

    /// Runs `body` and commits, or changes nothing; does not wait for a foreign program that writes.
    /// - Returns: nil when there is one, and `body` did not run.
    func writingAtOnce<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value? {
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

    /// Runs `body` within the open transaction and, if it fails, undoes what it did and nothing else.
    package func inSavepoint<Value>(_ body: (SQLiteConnection) throws -> Value) throws -> Value {
        try control("SAVEPOINT body")
        do {
            let value = try body(self)
            // COMMIT would find this too, but too late to tell whose fault it is.
            guard !hasUnmetReferences else {
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
            // Half a body must never be committed: better none of the transaction.
            rollBack()
        }
    }

    /// - Throws: also when a statement has already ended the transaction; nothing changed then.
    func commit() throws {
        guard isInTransaction else { throw SQLError.transactionLost }
        try control("COMMIT")
    }

    /// Ends the transaction, if there still is one, without a trace.
    func rollBack() {
        guard isInTransaction else { return }
        // It can only fail where the transaction is over, or will be with the connection.
        try? control("ROLLBACK")
    }

    /// Whether a deferred foreign key points nowhere as yet.
    private var hasUnmetReferences: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        sqlite3_db_status(handle, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return current != 0
    }
}

extension SQLError {
    /// A statement ended the transaction it ran in, and the body went on as if nothing had happened.
    static let transactionLost = SQLError(code: .other, message: "a statement rolled back the whole transaction")
}
