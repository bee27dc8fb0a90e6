/// A database error: a code to branch on and a message to show. It never contains a bound value.
package struct SQLError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Another process held the store for longer than the lock timeout.
        case locked
        case readOnly
        case corrupt
        case notADatabase
        /// A table, index or column of the schema is missing.
        case incomplete
        /// Migrations are pending, and the program was not allowed to apply them.
        case outdated
        /// The database has tables, but none of this program's.
        case foreignDatabase
        /// The file was deleted, moved or replaced while it was open.
        case replaced
        case diskFull
        case cannotOpen
        case inputOutput
        /// Written by a newer release: the store's schema version and the newest version this program knows.
        case newerSchema(found: Int, known: Int)
        /// A migration applied to this store differs from the one in this program.
        case changedMigration(version: Int)
        /// Another transaction changed the same data; nothing was changed, and the body may run again.
        case conflict
        /// No connection to the database server: it is down, starting, shutting down or refusing connections, or the
        /// network cut the connection. Nothing was changed.
        case unreachable
        /// The server rejects this user or the user lacks a privilege; or its certificate, the user or the database is
        /// not the expected one. Nothing was changed.
        case denied
        /// Other clients kept the server or the same rows busy: connections were used up, a lock was not released in
        /// time, or a body conflicted on every run. Nothing was changed.
        case busy
        /// A statement took too long, or the server stopped answering. Nothing was changed.
        case timedOut
        /// The server takes no writes: a standby, or a server set to read only.
        case standby
        /// The server or its settings cannot be used: too old, or an encoding other than UTF-8.
        case unsupportedServer
        /// The server has no free connection for this user.
        case connectionLimit
        /// The store was copied elsewhere, and this copy is retired.
        case moved
        /// A value that the engine cannot store, such as text with U+0000.
        case unsupportedValue
        /// The connection was lost during the commit: the change may have been made or not.
        case outcomeUnknown
        /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint.
        case constraint
        /// A column holds an invalid value: of the wrong type or out of range.
        case decoding
        case other
    }

    /// Whether the whole transaction is void, not only the statement: a savepoint cannot recover from it.
    package var voidsTransaction: Bool {
        switch code {
        case .conflict, .unreachable, .outcomeUnknown, .busy, .connectionLimit, .timedOut, .standby: true
        default: false
        }
    }

    package var code: Code
    package var message: String
    /// The statement, without its parameters.
    package var sql: String?

    /// The SQLSTATE with which a trigger reports a moved store (PostgreSQL, appendix A: classes from I on are free).
    package static let movedState = "QR001"

    package init(code: Code, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }
}
