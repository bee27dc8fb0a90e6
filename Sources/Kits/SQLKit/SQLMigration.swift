import EncodingKit

/// One schema migration; immutable once it has been released.
package struct SQLMigration: Hashable, Sendable {
    /// Strictly increasing from one migration to the next; at least 1.
    package var version: Int
    /// A short description for people.
    package var name: String
    /// One or more statements; they run with foreign keys off, which are checked at the end.
    package var sql: String
    /// Statements for engines with concurrent writers only: table settings, and rows by which bodies exclude each
    /// other.
    package var serverSQL: String

    package init(version: Int, name: String, sql: String, serverSQL: String = "") {
        self.version = version
        self.name = name
        self.sql = sql
        self.serverSQL = serverSQL
    }

    /// The statements for an engine.
    package func statements(_ dialect: SQLDialect) -> String {
        dialect.schema(dialect.hasOneWriter ? sql : sql + "\n" + serverSQL)
    }

    /// Detects an edited ``sql``: FNV-1a, 64 bits, in hexadecimal. Not a protection against tampering.
    package var checksum: String { checksum(.sqlite) }

    /// The checksum of all statements for an engine.
    package func checksum(_ dialect: SQLDialect) -> String {
        var hash = StableHash()
        hash.combine(sql.utf8)
        if !dialect.hasOneWriter { hash.combine(serverSQL.utf8) }
        return String(hash.value, radix: 16)
    }
}
