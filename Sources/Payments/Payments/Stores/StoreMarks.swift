package import SQLKit
package import WorldKit

/// Marks in a store that say whether it is still in use.
package struct StoreMarks {
    package static let tables = """
        CREATE TABLE store_marks (
            name TEXT PRIMARY KEY,
            value TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE TABLE store_keys (
            name TEXT PRIMARY KEY,
            -- Of the key in use and of those before it, newest first, separated by blanks.
            fingerprints TEXT NOT NULL,
            updated_at INTEGER NOT NULL
        );
        """

    /// Where a store was moved, and when.
    package struct Move: Hashable, Sendable {
        /// For people, without a password.
        package var place: String
        package var at: Instant
    }

    private static let movedTo = "moved_to"
    /// Tables without the guard; the first one is used to lift it.
    package static let unguarded = ["store_marks", "schema_migrations"]

    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    package func move() throws -> Move? {
        try connection.query("SELECT value, at FROM store_marks WHERE name = $1", [.text(Self.movedTo)]).first
            .map { Move(place: try $0.text("value"), at: try $0.instant("at")) }
    }

    /// Marks the store as moved and makes its database refuse every further change, including those of programs that
    /// already have it open.
    /// - Parameter tables: every table of the store.
    package func setMoved(to place: String, tables: [String], at instant: Instant) throws {
        try connection.execute(
            """
            INSERT INTO store_marks (name, value, at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
            """, [.text(Self.movedTo), .text(place), .instant(instant)])
        for statement in guards(saying: "to \(place)", tables) { try connection.execute(statement) }
    }

    /// Removes the mark and the guard.
    package func endMove(tables: [String]) throws {
        try connection.execute("DELETE FROM store_marks WHERE name = $1", [.text(Self.movedTo)])
        for table in guarded(tables) {
            if connection.dialect == .sqlite {
                for change in Self.changes {
                    try connection.execute("DROP TRIGGER IF EXISTS \(Self.guardName)_\(table)_\(change)")
                }
            } else {
                try connection.execute("DROP TRIGGER IF EXISTS \(Self.guardName) ON \(table)")
            }
        }
    }

    private static let guardName = "store_moved"
    private static let changes = ["insert", "update", "delete"]

    private static func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private func guarded(_ tables: [String]) -> [String] { tables.filter { !Self.unguarded.contains($0) } }

    private func guards(saying text: String, _ tables: [String]) -> [String] {
        guard connection.dialect != .sqlite else {
            let literal = Self.literal("\(SQLError.movedState) \(text)")
            return guarded(tables).flatMap { table in
                Self.changes.map { change in
                    """
                    CREATE TRIGGER IF NOT EXISTS \(Self.guardName)_\(table)_\(change) BEFORE \(change) ON \(table)
                    BEGIN SELECT RAISE(ABORT, \(literal)); END
                    """
                }
            }
        }
        let body = """
            BEGIN RAISE EXCEPTION USING ERRCODE = '\(SQLError.movedState)', MESSAGE = \(Self.literal(text)); END
            """
        let function = """
            CREATE OR REPLACE FUNCTION \(Self.guardName)() RETURNS trigger LANGUAGE plpgsql AS \(Self.literal(body))
            """
        return [function]
            + guarded(tables).flatMap { table in
                [
                    "DROP TRIGGER IF EXISTS \(Self.guardName) ON \(table)",
                    """
                    CREATE TRIGGER \(Self.guardName) BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON \(table)
                    FOR EACH STATEMENT EXECUTE FUNCTION \(Self.guardName)()
                    """,
                ]
            }
    }
}
