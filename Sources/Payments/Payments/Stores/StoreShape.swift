package import SQLKit

/// The tables of a schema and the properties that copying depends on.
package struct StoreShape: Sendable {
    package struct Table: Hashable, Sendable {
        package var name: String
        package var columns: [String]
        /// The column whose values the engine assigns; nil for none.
        package var identity: String?
        /// The tables that its foreign keys refer to.
        var parents: Set<String>
    }

    /// Each table comes after the tables that it refers to.
    package let tables: [Table]

    package var names: [String] { tables.map(\.name) }

    /// - Parameter connection: to a SQLite database with the schema.
    package init(of connection: any SQLConnection) throws {
        var tables: [Table] = []
        var keys: [String: Int] = [:]
        try connection.forEachRow(Self.columnsQuery, []) { row in
            let (name, column) = (try row.text("table_name"), try row.text("column_name"))
            if tables.last?.name != name { tables.append(Table(name: name, columns: [], parents: [])) }
            let last = tables.count - 1
            tables[last].columns.append(column)
            guard try row.bool("is_key") else { return }
            keys[name, default: 0] += 1
            tables[last].identity = try keys[name] == 1 && row.text("type") == "INTEGER" ? column : nil
        }
        try connection.forEachRow(Self.parentsQuery, []) { row in
            let name = try row.text("table_name")
            guard let place = tables.firstIndex(where: { $0.name == name }) else { return }
            tables[place].parents.insert(try row.text("parent"))
        }
        var sorted: [Table] = []
        while !tables.isEmpty {
            let known = Set(sorted.map(\.name))
            let ready = tables.filter { $0.parents.subtracting([$0.name]).isSubset(of: known) }
            guard !ready.isEmpty else {
                throw SQLError(code: .other, message: "tables refer to each other in a circle")
            }
            sorted += ready
            tables.removeAll { ready.contains($0) }
        }
        self.tables = sorted
    }

    private static let columnsQuery = """
        SELECT m.name AS table_name, c.name AS column_name, UPPER(c.type) AS type, c.pk > 0 AS is_key
        FROM sqlite_schema m, pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite^_%' ESCAPE '^' ORDER BY m.name, c.cid
        """
    private static let parentsQuery = """
        SELECT m.name AS table_name, f."table" AS parent FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
        WHERE m.type = 'table'
        """
}

extension StoreShape.Table {
    private var list: String { columns.map { "\"\($0)\"" }.joined(separator: ", ") }

    var selection: String { "SELECT \(list) FROM \(name)" }

    var insertion: String {
        let places = (1...columns.count).map { "$\($0)" }.joined(separator: ", ")
        return "INSERT INTO \(name) (\(list)) VALUES (\(places))"
    }
}
