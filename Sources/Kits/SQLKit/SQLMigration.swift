/// One step of a schema; never edited once a store has been through it.
package struct SQLMigration: Hashable, Sendable {
    /// Rises from one migration to the next, from 1 at least.
    package var version: Int
    /// What it does, for people.
    package var name: String
    /// Any number of statements; run with foreign keys unenforced, which are checked at the end.
    package var sql: String

    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    /// Tells an edited `sql` from the one that was run: FNV-1a, 64 bits, in hexadecimal. No protection against malice.
    package var checksum: String {
        let hash = sql.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
