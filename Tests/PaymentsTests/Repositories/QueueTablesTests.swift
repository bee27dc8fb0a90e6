import QueueKit
import SQLKit
import SQLiteEngine
import Testing

@testable import Payments

/// The store's migrations make the tables that the queue describes.
@Suite struct QueueTablesTests {
    /// The columns and indexes of the queue's tables, in any order; indexes by what they index.
    private func description(_ migrations: [SQLMigration]) async throws -> Set<String> {
        let database = try await SQLiteDatabase.open(.memory, migrations: migrations)
        return try await database.read { connection in
            var found: Set<String> = []
            let tables = ["tasks", "task_attempts", "task_interventions", "task_pauses", "task_staging_failures"]
            for table in tables {
                try connection.forEachRow(
                    """
                    SELECT name || ' ' || type || ' ' || "notnull" || ' ' || COALESCE(dflt_value, '-') || ' ' || pk
                        AS text
                    FROM pragma_table_info($1)
                    """, [.text(table)]
                ) { found.insert("\(table).\(try $0.text("text"))") }
                try connection.forEachRow(
                    "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL",
                    [.text(table)]
                ) { row in
                    let words = try row.text("sql").split(separator: " ON ", maxSplits: 1)
                    found.insert((words[0].contains("UNIQUE") ? "unique " : "") + words[1])
                }
            }
            return found
        }
    }

    @Test func `the queue's tables in the store are those of a new queue`() async throws {
        let store = try await description(Schema.migrations)
        let queue = try await description([QueueSchema.payments.migration])
        #expect(store.subtracting(queue).isEmpty && queue.subtracting(store).isEmpty)
        #expect(store.count > 30)
    }
}
