import SQLKit

/// The structure of a database: its tables and their columns, indices, triggers and views.
///
/// Compared by structure, because the text of statements differs between SQLite releases.
struct SchemaForm: Sendable {
    /// The definition of each part, by a name such as `table tasks`, `column tasks.due_at` or `index tasks_stuck`.
    private let parts: [String: String]

    /// Reads it from an open database.
    init(of connection: some SQLConnection) throws {
        var parts: [String: String] = [:]
        try connection.forEachRow(Self.query, []) { parts[try $0.text("part")] = try $0.text("form") }
        self.parts = parts
    }

    /// The structure these migrations create.
    init(made migrations: SQLMigrations) throws {
        let connection = try SQLiteConnection(":memory:", access: .readWrite, busyTimeoutSeconds: 0)
        try migrations.run(on: connection)
        try self.init(of: connection)
    }

    /// The parts that are missing or differ from `expected`, and unknown triggers, because they change what is written;
    /// empty if there are none.
    func defects(comparedTo expected: SchemaForm) -> [String] {
        let missing = expected.parts.keys.filter { parts[$0] == nil }
        let tables = Set(missing.filter { $0.hasPrefix("table ") }.map { $0.dropFirst("table ".count) })
        // A missing table implies its columns and indices.
        let reported = missing.filter { part in
            !tables.contains { part.hasPrefix("column \($0).") || expected.parts[part]?.hasPrefix("\($0) ") == true }
        }
        let changed = expected.parts.keys.filter { part in
            parts[part].map { $0 != expected.parts[part] } ?? false
        }
        let foreign = parts.keys.filter { $0.hasPrefix("trigger ") && expected.parts[$0] == nil }
        return reported.sorted().map { "\($0) is missing" } + changed.sorted().map { "\($0) differs from the schema" }
            + foreign.sorted().map { "\($0) is not part of the schema" }
    }

    private static let query = """
        SELECT 'table ' || name AS part, '' AS form FROM sqlite_schema
            WHERE type = 'table' AND name NOT LIKE 'sqlite^_%' ESCAPE '^'
        UNION ALL SELECT 'column ' || m.name || '.' || c.name,
            UPPER(c.type) || ' ' || c."notnull" || ' ' || c.pk || ' ' || COALESCE(c.dflt_value, '')
            FROM sqlite_schema m, pragma_table_xinfo(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^'
        UNION ALL SELECT 'index ' || l.name,
            m.name || ' ' || l."unique" || ' ' || l.partial || ' '
                || COALESCE((SELECT GROUP_CONCAT(i.name) FROM pragma_index_info(l.name) i), '')
            FROM sqlite_schema m, pragma_index_list(m.name) l
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^'
        UNION ALL SELECT type || ' ' || name, tbl_name || ' ' FROM sqlite_schema WHERE type IN ('trigger', 'view')
        """
}
