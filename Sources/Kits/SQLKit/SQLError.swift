/// What a database said no to: a code to branch on, a message to show; never a bound value.
package struct SQLError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Another process holds the store and did not let go within the waiting time.
        case locked
        case readOnly
        case corrupt
        case notADatabase
        /// A table, an index or a column that the schema has is not there.
        case incomplete
        /// The file was deleted, moved or replaced while it was open.
        case replaced
        case diskFull
        case cannotOpen
        case inputOutput
        /// Written by a newer program: its schema version and the newest one known here.
        case newerSchema(found: Int, known: Int)
        /// A migration that this store has been through is not the one known here.
        case changedMigration(version: Int)
        /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint.
        case constraint
        /// A value in a column that cannot be right: of another type than asked for, or out of its range.
        case decoding
        case other
    }

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
