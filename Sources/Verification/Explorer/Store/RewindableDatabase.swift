import CSQLite
package import SQLKit
import SQLiteEngine

/// An in-memory database whose content is a value: saved after a change, restored at will.
///
/// Used to search many histories. Everything happens within one transaction that never ends, with foreign
/// keys checked at the end of every body. Not thread-safe.
package final class RewindableDatabase {
    /// One table of the schema.
    package struct Table: Sendable {
        package let name: String
        package let columns: [String]
        fileprivate let select: String
        fileprivate let insert: String
        fileprivate let delete: String
    }

    /// Normalizes a row; returns false to drop it. Dropped rows disappear at the next
    /// ``restore(_:)``.
    package typealias Keeping = @Sendable (_ table: Table, _ values: inout [SQLValue]) -> Bool

    /// The result of one body.
    package struct Run<Value> {
        package var result: Result<Value, any Error>
        /// The tables used by its statements, by number.
        package var touched: UInt64
        /// The content afterwards, normalized.
        package var content: DatabaseContent
        /// The tables that differ from before, by number.
        package var changed: UInt64
    }

    package let tables: [Table]
    private let connection: SQLiteConnection
    private let keeps: Keeping
    private let watch: SQLiteWatch
    /// The content of the database.
    private var physical: DatabaseContent
    /// The same, normalized.
    package private(set) var content: DatabaseContent

    /// - Throws: ``SQLError`` when the migrations fail.
    package init(migrations: [SQLMigration], keeping keeps: @escaping Keeping = { _, _ in true }) throws {
        connection = try SQLiteConnection(":memory:", access: .readWrite, busyTimeoutSeconds: 0)
        try SQLMigrations(migrations).run(on: connection)
        let names = try connection.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        ).map { try $0.text("name") }
        precondition(names.count <= 64, "a set of tables is a word of 64 bits")
        tables = try names.map { [connection] in try Table($0, connection) }
        self.keeps = keeps
        watch = SQLiteWatch(names, on: connection.handle)
        physical = DatabaseContent(tableCount: names.count)
        content = physical
        try connection.control("BEGIN")
        try connection.script("PRAGMA defer_foreign_keys = ON")
        for (number, table) in tables.enumerated() {
            let rows = try connection.query("SELECT rowid AS row_number FROM \(table.name)")
            for row in rows { try take(try row.integer("row_number"), of: number) }
        }
    }

    /// Runs `body`; one that throws changes nothing.
    package func run<Value>(isReadOnly: Bool, _ body: (any SQLConnection) throws -> Value) -> Run<Value> {
        watch.begin()
        connection.mayWrite = !isReadOnly
        let watched = WatchedConnection(real: connection, watch: watch)
        var result = Result { try connection.inSavepoint { _ in try body(watched) } }
        connection.mayWrite = true
        let before = content
        do {
            for (table, rowID) in watch.takeChanges() { try take(rowID, of: table) }
        } catch {
            result = .failure(error)
        }
        var changed: UInt64 = 0
        for number in tables.indices where before.tables[number].digest != content.tables[number].digest {
            changed |= 1 << UInt64(number)
        }
        return Run(result: result, touched: watch.touched, content: content, changed: changed)
    }

    /// Restores an earlier content of this database.
    package func restore(_ target: DatabaseContent) throws {
        var missing: [(table: Int, row: DatabaseContent.Row)] = []
        for number in tables.indices where physical.tables[number].digest != target.tables[number].digest {
            let (from, to) = (physical.tables[number], target.tables[number])
            for row in from.rows where to.row(row.rowID)?.digest != row.digest {
                try connection.execute(tables[number].delete, [.integer(row.rowID)])
            }
            missing += to.rows.filter { from.row($0.rowID)?.digest != $0.digest }.map { (number, $0) }
        }
        for (number, row) in missing {
            try connection.execute(tables[number].insert, [.integer(row.rowID)] + row.values)
        }
        watch.begin()
        physical = target
        content = target
    }

    /// Reads a changed row into the content.
    private func take(_ rowID: Int64, of number: Int) throws {
        var values: [SQLValue]?
        try connection.forEachRow(tables[number].select, [.integer(rowID)]) { values = $0.allValues }
        physical.set(rowID, of: number, to: values)
        if var kept = values { values = keeps(tables[number], &kept) ? kept : nil }
        content.set(rowID, of: number, to: values)
    }
}

extension RewindableDatabase.Table {
    fileprivate init(_ name: String, _ connection: SQLiteConnection) throws {
        self.name = name
        let all = try connection.query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", [.text(name)])
        // A single INTEGER PRIMARY KEY is an alias of the rowid.
        let keys = try all.filter { try $0.integer("pk") > 0 }
        let alias =
            try keys.count == 1 && keys[0].text("type").uppercased() == "INTEGER" ? keys[0].text("name") : nil
        columns = try all.map { try $0.text("name") }.filter { $0 != alias }
        let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let places = (1...columns.count + 1).map { "$\($0)" }.joined(separator: ", ")
        select = "SELECT \(list) FROM \(name) WHERE rowid = $1"
        insert = "INSERT INTO \(name) (rowid, \(list)) VALUES (\(places))"
        delete = "DELETE FROM \(name) WHERE rowid = $1"
    }
}
