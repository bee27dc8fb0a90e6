import Payments
import SQLKit
import Testing

@testable import Explorer

/// The explorer's knowledge of the store's schema, and the digests of its content.
@Suite struct StoreSchemaTests {
    private static func migrations(then sql: String) -> [SQLMigration] {
        let next = (Schema.migrations.map(\.version).max() ?? 0) + 1
        return Schema.migrations + [SQLMigration(version: next, name: "test", sql: sql)]
    }

    @Test func `the schema is known`() throws {
        let schema = try StoreVersions(forgets: true).schema
        #expect(Set(schema.tables) == Set(StoreTable.allCases))
    }

    @Test(arguments: [
        ("CREATE TABLE added (a)", ["added"], [], []),
        (
            "ALTER TABLE task_interventions RENAME TO task_requeues", ["task_requeues"], ["task_interventions"], []
        ),
        ("ALTER TABLE tasks RENAME COLUMN fence TO lease_number", [], [], ["tasks.fence"]),
        ("DROP TABLE task_staging_failures", [], ["task_staging_failures"], []),
    ])
    func `a schema with other names is refused at the start`(
        sql: String, unknown: [String], missing: [String], missingColumns: [String]
    ) {
        for forgets in [false, true] {
            let error = #expect(throws: StoreSchemaError.self) {
                try StoreVersions(migrations: Self.migrations(then: sql), forgets: forgets)
            }
            #expect(error?.unknownTables == unknown && error?.missingTables == missing)
            #expect(error?.missingColumns == missingColumns)
            for name in unknown + missing + missingColumns { #expect(error?.description.contains(name) == true) }
        }
    }

    /// A value of each type, and some that differ little.
    private static let values: [SQLValue] = [
        .null, .integer(0), .integer(1), .integer(-1), .integer(256), .real(0), .real(1), .text(""), .text("0"),
        .text("1"), .text("10"), .text("01"), .blob([]), .blob([0]), .blob([0x30]), .blob([0, 0]),
    ]

    @Test func `the digest covers every cell`() throws {
        let database = try RewindableDatabase(migrations: Schema.migrations)
        for table in database.tables {
            let row = table.columns.indices.map { Self.values[$0 % Self.values.count] }
            var content = DatabaseContent(tableCount: database.tables.count)
            content.set(1, of: table.number, to: row)
            var digests = [content.digest, DatabaseContent(tableCount: database.tables.count).digest]
            for place in row.indices {
                for value in Self.values where value != row[place] {
                    var other = row
                    other[place] = value
                    var changed = content
                    changed.set(1, of: table.number, to: other)
                    digests.append(changed.digest)
                    changed.set(1, of: table.number, to: row)
                    #expect(changed.digest == content.digest)
                }
            }
            // Other rowids, a second row, another table.
            for rowID in [2, -1, Int64.max] {
                var moved = DatabaseContent(tableCount: database.tables.count)
                moved.set(rowID, of: table.number, to: row)
                digests.append(moved.digest)
                moved.set(1, of: table.number, to: row)
                digests.append(moved.digest)
            }
            var elsewhere = DatabaseContent(tableCount: database.tables.count)
            elsewhere.set(1, of: (table.number + 1) % database.tables.count, to: row)
            digests.append(elsewhere.digest)
            #expect(Set(digests).count == digests.count, "\(table.name)")
        }
    }

    /// The same through the real tables: what is restored is what is read again, cell by cell.
    @Test func `every cell of the schema is restored`() throws {
        let database = try RewindableDatabase(migrations: Schema.migrations)
        let start = database.content
        for table in database.tables {
            // No column's affinity converts a blob. What is captured and refunded stays within the amount.
            let row = table.columns.map { SQLValue.blob([$0 == "amount" ? 3 : 1]) }
            var content = start
            content.set(90, of: table.number, to: row)
            try database.restore(content)
            #expect(try Self.row(90, of: table, database) == row, "\(table.name)")
            for place in row.indices {
                var changed = content
                let isChanged = [SQLValue.blob([2]), .blob([0])].contains { value in
                    var other = row
                    other[place] = value
                    changed.set(90, of: table.number, to: other)
                    // CHECK constraints refuse some.
                    return (try? database.restore(changed)) != nil
                }
                #expect(isChanged && changed.digest != content.digest, "\(table.name).\(table.columns[place])")
                let found = try Self.row(90, of: table, database)
                #expect(found == changed.tables[table.number].row(90)?.values)
                try database.restore(start)
            }
        }
    }

    private static func row(
        _ rowID: Int64, of table: RewindableDatabase.Table, _ database: RewindableDatabase
    ) throws -> [SQLValue]? {
        let list = table.columns.map { "\"\($0)\"" }.joined(separator: ", ")
        // The row may lack the row it refers to, which makes the body as a whole fail.
        var values: [SQLValue]?
        _ = database.run(isReadOnly: true) {
            values = try $0.query("SELECT \(list) FROM \(table.name) WHERE rowid = $1", [.integer(rowID)]).first?
                .allValues
        }
        return values
    }

    /// The normalization drops only what the table of roles says it may.
    @Test func `what is forgotten changes no digest, and everything else does`() throws {
        let forgotten: [String: Set<String>] = [
            "tasks": ["error_class", "error_message", "updated_at"], "callbacks": ["deliveries", "received_at"],
            "operations": ["updated_at"], "orders": ["updated_at"],
        ]
        let database = try RewindableDatabase(migrations: Schema.migrations)
        let normalize = StateNormalization.relevantState(try StoreSchema(database.tables))
        for table in database.tables {
            let row = table.columns.map { _ in SQLValue.integer(1) }
            for (place, column) in table.columns.enumerated() {
                var (one, other) = (row, row)
                other[place] = .text("else")
                let isKept = normalize(table, &one) && normalize(table, &other)
                let isForgotten = table.name == "task_attempts" || forgotten[table.name]?.contains(column) == true
                #expect((isKept && one != other) != isForgotten, "\(table.name).\(column)")
            }
        }
        var entry = database.tables.first { $0.name == "journal" }.map { $0.columns.map { _ in SQLValue.null } } ?? []
        #expect(!normalize(try #require(database.tables.first { $0.name == "journal" }), &entry))
    }
}
