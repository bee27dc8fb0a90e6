import EncodingKit

/// One schema migration; immutable once it has been released.
package struct SQLMigration: Hashable, Sendable {
    /// Strictly increasing from one migration to the next; at least 1.
    package var version: Int
    /// A short description for people.
    package var name: String
    /// One or more statements; they run with foreign keys off, which are checked at the end.
    package var sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// Detects an edited `sql`: FNV-1a, 64 bits, in hexadecimal. Not a protection against tampering.
    package var checksum: String {
        var hash = StableHash()
        hash.combine(sql.utf8)
        return String(hash.value, radix: 16)
    }
}
