/// Where a PostgreSQL store is, and how it is used.
package struct PostgresOptions: Sendable {
    /// What it leaves out comes from libpq's environment variables, password and service files.
    package var address: PostgresAddress
    /// Overrides libpq's sources of a password.
    package var password: String?
    /// The schema that holds the tables, created if it does not exist; nil for the role's default.
    package var schema: String?
    /// Maximum number of connections.
    package var connections = 1
    /// For all hosts together, the look-up of their names included.
    package var connectSeconds = 10.0
    /// The server ends a statement that runs longer.
    package var statementSeconds = 60.0
    /// The server ends a statement that waits longer for a lock.
    package var lockSeconds = 10.0
    /// The server ends a transaction whose client is silent for longer.
    package var idleSeconds = 60.0
    /// How long the server may be silent before its connection is given up; nil: somewhat longer than
    /// ``statementSeconds``.
    package var silenceSeconds: Double?
    /// How long the outcome of a commit whose answer was lost is looked for, while the server restarts.
    package var outcomeSeconds = 30.0
    /// A connection that was not used for longer is closed.
    package var unusedSeconds = 300.0
    /// Whether a pooler that hands each transaction to another backend is in between, as pgbouncer does with
    /// `pool_mode = transaction`: statements are not prepared, limits are set in each transaction, and there are no
    /// signals from others.
    package var usesPooler = false

    package init(address: PostgresAddress) { self.address = address }

    /// - Parameter address: as ``PostgresAddress`` takes it.
    package init(address: String) throws(PostgresAddressError) { self.init(address: try PostgresAddress(address)) }
}
