package import WorldKit

/// Rows that bodies update when they must not overlap and would not conflict otherwise.
///
/// On snapshots, two bodies may each read what the other is about to change, and both commit: a write skew that no key
/// detects. Bodies that name the same guard conflict instead: one waits for the other and then runs again.
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
    /// Keeps this body and others that name one of the same guards from overlapping. Call it before reading the rows
    /// that the guards protect. It does nothing where writers run one at a time.
    package func takeTurns(_ names: some Sequence<String>, at instant: Instant) throws {
        guard !dialect.hasOneWriter else { return }
        // In a fixed order, so that two bodies cannot deadlock.
        try executeEach(
            """
            INSERT INTO guards (name, used_at) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at
            """, Set(names).sorted().map { [.text($0), .instant(instant)] })
    }

    /// Removes at most `limit` guards that were not used since `instant`, which must be older than any transaction.
    package func removeGuards(before instant: Instant, limit: Int) throws {
        guard !dialect.hasOneWriter else { return }
        try execute(
            """
            DELETE FROM guards WHERE name IN (
                SELECT name FROM guards WHERE used_at < $1 ORDER BY used_at LIMIT $2\(dialect.skipLocked))
            """, [.instant(instant), .integer(limit)])
    }
}
