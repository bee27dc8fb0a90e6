package import WorldKit

/// Rows that bodies change which must not overlap, and which would not conflict otherwise.
///
/// On one snapshot two bodies may each read what the other is about to change, and both commit: the write skew that no
/// key catches. Bodies that name the same guard conflict instead: one waits for the other, and runs again.
package enum SQLGuards {
    /// For a migration's ``SQLMigration/serverSQL``.
    package static let table = """

        CREATE TABLE guards (
            name TEXT PRIMARY KEY,
            used_at INTEGER NOT NULL
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
        CREATE INDEX guards_by_age ON guards (used_at);

        """
}

extension SQLConnection {
    /// Keeps this body and others that name one of the same guards from overlapping. Call it before reading what they
    /// change. Where a writer is alone it does nothing.
    package func takeTurns(_ names: some Sequence<String>, at instant: Instant) throws {
        guard !dialect.hasOneWriter else { return }
        // In one order, so that two bodies cannot wait for each other.
        try executeEach(
            """
            INSERT INTO guards (name, used_at) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at
            """, Set(names).sorted().map { [.text($0), .instant(instant)] })
    }

    /// Removes guards that were not used since `instant`, at most `limit`: no transaction is as old.
    package func removeGuards(before instant: Instant, limit: Int) throws {
        guard !dialect.hasOneWriter else { return }
        try execute(
            """
            DELETE FROM guards WHERE name IN (
                SELECT name FROM guards WHERE used_at < $1 ORDER BY used_at LIMIT $2\(dialect.skipLocked))
            """, [.instant(instant), .integer(limit)])
    }
}
