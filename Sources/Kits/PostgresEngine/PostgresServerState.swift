package import WorldKit

/// The state of a server and of the store on it, for `doctor` and `store info`.
package struct PostgresServerState: Hashable, Sendable {
    /// How the connection is encrypted.
    package struct Encryption: Hashable, Sendable {
        /// Such as `TLSv1.3`.
        package var version: String
        package var cipher: String
        /// The name to which the server's certificate was verified; nil when it was not verified.
        package var verifiedName: String?
    }

    /// The transaction that holds back vacuum the most.
    package struct OldestSnapshot: Hashable, Sendable {
        /// A backend, a prepared transaction or a replication slot.
        package var holder: String
        /// Nil for a replication slot.
        package var pid: Int?
        package var application: String?
        package var ageSeconds: Double?
        /// How many transactions have begun since then.
        package var ageTransactions: Int64
    }

    package struct TableState: Hashable, Sendable {
        package var name: String
        package var liveRows: Int64
        package var deadRows: Int64
        package var lastAutovacuum: Instant?
        package var bytes: Int64
    }

    /// The server's address, without a password.
    package var address: String
    /// Such as 150018.
    package var libraryVersion: Int
    /// Such as 150018.
    package var serverVersion: Int
    /// Such as `15.18 (Debian 15.18-0+deb12u1)`.
    package var serverVersionName: String
    /// Whether it takes writes: neither a standby nor set to read only.
    package var isPrimary: Bool
    /// Nil for an unencrypted connection.
    package var encryption: Encryption?
    /// Whether the connection is a Unix socket of this host.
    package var isSocket: Bool
    package var fsync: Bool
    package var fullPageWrites: Bool
    /// Such as `on`, `off`, `remote_apply`.
    package var synchronousCommit: String
    package var encoding: String
    package var collation: String
    package var isAutovacuumOn: Bool
    package var connectionsUsed: Int
    /// Connections available to ordinary users.
    package var connectionLimit: Int
    package var oldestSnapshot: OldestSnapshot?
    package var database: String
    package var user: String
    /// The schema of the tables.
    package var schema: String
    package var mayUseSchema: Bool
    package var mayCreateInSchema: Bool
    /// Tables of the schema that this user may not read, insert into, update or delete from.
    package var forbiddenTables: [String]
    package var tables: [TableState]
    /// How far the database's clock is ahead of this host's.
    package var clockOffsetSeconds: Double
    /// The largest error of that offset.
    package var clockUncertaintySeconds: Double
    /// Identifies the cluster, the same on a primary and its standbys; nil when this user may not read it.
    package var systemIdentifier: String?
}
