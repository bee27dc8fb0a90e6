/// Where a PostgreSQL store is, and how it is used.
package struct PostgresOptions: Sendable {
    /// Parameters that it omits come from libpq's environment variables, password file and service file.
    package var address: PostgresAddress
    /// Takes precedence over libpq's sources of a password.
    package var password: String?
    /// The schema that holds the tables, created if it does not exist; nil for the role's default.
    package var schema: String?
    /// Maximum number of connections.
    package var connections = 1
    /// Deadline for connecting: all hosts together, including name look-ups.
    package var connectSeconds = 10.0
    /// The server cancels a statement that runs longer.
    package var statementSeconds = 60.0
    /// The server cancels a statement that waits longer for a lock.
    package var lockSeconds = 10.0
    /// The server ends a session that is idle in a transaction for longer.
    package var idleSeconds = 60.0
    /// How long the server may be silent before the connection is closed; nil for somewhat longer than
    /// ``statementSeconds``.
    package var silenceSeconds: Double?
    /// How long to look up the outcome of a commit whose answer was lost, while the server restarts.
    package var outcomeSeconds = 30.0
    /// A connection that is idle for longer is closed.
    package var unusedSeconds = 300.0
    /// Whether a pooler that assigns a backend per transaction is in between, such as pgbouncer with
    /// `pool_mode = transaction`. Then statements are not prepared, limits are set in each transaction, and signals
    /// from other processes do not arrive.
    package var usesPooler = false

    package init(address: PostgresAddress) { self.address = address }

    /// - Parameter address: a URL for ``PostgresAddress``.
    package init(address: String) throws(PostgresAddressError) { self.init(address: try PostgresAddress(address)) }
}
