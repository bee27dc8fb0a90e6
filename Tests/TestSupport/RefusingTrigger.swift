package import SQLKit

/// A trigger that refuses changes to a table, to simulate a faulty store.
package struct RefusingTrigger: Sendable {
    private let table: String
    private let creation: [String]
    private let removal: String

    /// - Parameters:
    ///   - change: `INSERT` or `UPDATE`.
    ///   - condition: an SQL condition on `NEW` and `OLD`.
    package init(before change: String, of table: String, when condition: String, message: String) {
        self.table = table
        switch StoreEngine.current {
        case .sqlite:
            creation = [
                """
                CREATE TRIGGER refuse BEFORE \(change) ON \(table) WHEN \(condition)
                BEGIN SELECT RAISE(ABORT, '\(message)'); END
                """
            ]
            removal = "DROP TRIGGER refuse"
        case .postgres:
            creation = [
                """
                CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''\(message)''; END'
                """,
                """
                CREATE TRIGGER refuse BEFORE \(change) ON \(table) FOR EACH ROW WHEN (\(condition))
                EXECUTE FUNCTION refuse()
                """,
            ]
            removal = "DROP TRIGGER refuse ON \(table)"
        }
    }

    package func add(to database: any SQLDatabase) async throws {
        try await database.write { connection in
            for statement in creation { try connection.execute(statement) }
        }
    }

    package func remove(from database: any SQLDatabase) async throws {
        try await database.write { try $0.execute(removal) }
    }
}
