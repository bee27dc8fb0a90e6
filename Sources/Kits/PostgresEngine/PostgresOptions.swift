/// Where a PostgreSQL store is, and how it is used.
package struct PostgresOptions: Sendable {
    /// A connection string of libpq, such as `postgres://user@host:5432/database`; without a password. What it leaves
    /// out comes from libpq's environment variables, password and service files.
    package var address: String
    /// Overrides libpq's sources of a password.
    package var password: String?
    /// The schema that holds the tables, created if it does not exist; nil for the role's default.
    package var schema: String?
    /// Maximum number of connections.
    package var connections = 1
    package var connectSeconds = 10.0
    /// The server ends a statement that runs longer.
    package var statementSeconds = 60.0
    /// The server ends a statement that waits longer for a lock.
    package var lockSeconds = 10.0
    /// The server ends a transaction whose client is silent for longer.
    package var idleSeconds = 60.0
    /// Whether a pooler that hands each transaction to another backend is in between: statements are not prepared.
    package var usesPooler = false

    package init(address: String) { self.address = address }
}
