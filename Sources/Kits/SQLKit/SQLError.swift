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
        /// No connection to the database server; nothing was changed.
        case unreachable
        /// The connection was lost during the commit: the change may have been made or not.
        case outcomeUnknown
        /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint.
        case constraint
        /// A column holds an invalid value: of the wrong type or out of range.
        case decoding
        case other
    }

    /// Whether the whole transaction is void, not only the statement: a savepoint cannot recover from it.
    package var voidsTransaction: Bool { [.conflict, .unreachable, .outcomeUnknown].contains(code) }

    package var code: Code
    package var message: String
    /// The statement, without its parameters.
    package var sql: String?

    package init(code: Code, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }
}
