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
        package let number: Int
        package let name: String
        /// Without the alias of the rowid.
        package let columns: [String]
    }

    /// A row of a content.
    package typealias RowName = DatabaseContent.RowName

    /// Normalizes a row; returns false to drop it. Dropped rows disappear at the next
    /// ``restore(_:)``.
    package typealias Normalization = @Sendable (_ table: Table, _ values: inout [SQLValue]) -> Bool

    /// The result of one body.
    package struct Run<Value> {
        package var result: Result<Value, any Error>
        /// The tables used by its statements, by number.
        package var touched: UInt64
        /// The content afterwards, normalized.
        package var content: DatabaseContent
        /// The tables that differ from before, by number.
        package var changed: UInt64
        /// Existing rows that it has changed or deleted, or rewritten unchanged.
        package var written: Set<RowName>
    }

    /// The tables of the schema, and the sequences of AUTOINCREMENT columns, if it has any.
    package let tables: [Table]
    private let access: [RewindableTable]
    private let connection: SQLiteConnection
    private let normalize: Normalization
    private let watch: SQLiteWatch
    /// The number of the table of sequences.
    private let sequences: Int?
    /// The content of the database.
    private var physical: DatabaseContent
    /// The same, normalized.
    package private(set) var content: DatabaseContent

    /// - Parameter normalization: made once the tables are known.
    /// - Throws: ``SQLError`` when the migrations fail; ``RewindError`` for a table whose changes cannot be followed.
    package init(
        migrations: [SQLMigration], normalization: ([Table]) throws -> Normalization = { _ in { _, _ in true } }
    ) throws {
        connection = try SQLiteConnection(":memory:", access: .readWrite, busyTimeoutSeconds: 0)
        try SQLMigrations(migrations).run(on: connection)
        try RewindableTable.check(connection)
        let names = try connection.query(
            """
            SELECT name FROM sqlite_schema
            WHERE type = 'table' AND (name NOT LIKE 'sqlite_%' OR name = '\(Self.sequenceTable)') ORDER BY name
            """
        ).map { try $0.text("name") }
        precondition(names.count <= 64, "a set of tables is a word of 64 bits")
        access = try names.enumerated().map { [connection] in try RewindableTable($1, number: $0, connection) }
        tables = access.map { Table(number: $0.number, name: $0.name, columns: $0.columns) }
        sequences = names.firstIndex(of: Self.sequenceTable)
        normalize = try normalization(tables)
        try connection.control("BEGIN")
        try connection.script("PRAGMA defer_foreign_keys = ON")
        watch = SQLiteWatch(access, on: connection.handle)
        physical = DatabaseContent(tableCount: names.count)
        content = physical
        for table in access { try readAll(of: table) }
    }

    private static let sequenceTable = "sqlite_sequence"

    /// Runs `body`; one that throws changes nothing.
    package func run<Value>(isReadOnly: Bool, _ body: (any SQLConnection) throws -> Value) -> Run<Value> {
        watch.begin()
        connection.mayWrite = !isReadOnly
        let watched = WatchedConnection(real: connection, watch: watch)
        var result = Result { try connection.inSavepoint { _ in try body(watched) } }
        connection.mayWrite = true
        let before = content
        var written: Set<RowName> = []
        do {
            let changes = watch.takeChanges()
            if case .success = result {
                for (table, rowID) in changes where before.tables[table].row(rowID) != nil {
                    written.insert(RowName(table: table, rowID: rowID))
                }
            }
            for (table, rowID) in changes { try read(rowID, of: table) }
            // SQLite does not report changes of sequences.
            if let sequences, !changes.isEmpty { try readAll(of: access[sequences]) }
        } catch {
            result = .failure(error)
        }
        var changed: UInt64 = 0
        for number in tables.indices where before.tables[number].digest != content.tables[number].digest {
            changed |= 1 << UInt64(number)
        }
        return Run(result: result, touched: watch.touched, content: content, changed: changed, written: written)
    }

    /// Applies the changes between two contents to the current one.
    ///
    /// None of the rows changed or deleted may differ from `before` in the current content. Added rows get new numbers,
    /// which also replace references between them.
    /// - Returns: a run whose result is the failure of a constraint, if any.
    package func merge(_ after: DatabaseContent, since before: DatabaseContent) -> Run<Void> {
        let present = content
        return run(isReadOnly: false) { _ in
            var missing: [(table: Int, rowID: Int64, values: [SQLValue])] = []
            var renumbered: [RowName: Int64] = [:]
            for number in tables.indices
            where number != sequences && after.tables[number].digest != before.tables[number].digest {
                let (old, new) = (before.tables[number], after.tables[number])
                for row in old.rows where new.row(row.rowID)?.digest != row.digest {
                    try connection.execute(access[number].delete, [.integer(row.rowID)])
                }
                var next = (present.tables[number].rows.last?.rowID ?? 0) + 1
                for row in new.rows where old.row(row.rowID)?.digest != row.digest {
                    var rowID = row.rowID
                    if old.row(rowID) == nil {
                        renumbered[RowName(table: number, rowID: rowID)] = next
                        (rowID, next) = (next, next + 1)
                    }
                    missing.append((number, rowID, row.values))
                }
            }
            for (number, rowID, var values) in missing {
                for reference in access[number].references {
                    guard let target = tables.firstIndex(where: { $0.name == reference.table }),
                        case .integer(let old) = values[reference.place],
                        let new = renumbered[RowName(table: target, rowID: old)]
                    else { continue }
                    values[reference.place] = .integer(new)
                }
                try connection.execute(access[number].insert, [.integer(rowID)] + values)
            }
        }
    }

    /// Restores an earlier content of this database.
    package func restore(_ target: DatabaseContent) throws {
        var missing: [(table: Int, row: DatabaseContent.Row)] = []
        for number in tables.indices
        where number != sequences && physical.tables[number].digest != target.tables[number].digest {
            let (from, to) = (physical.tables[number], target.tables[number])
            for row in from.rows where to.row(row.rowID)?.digest != row.digest {
                try connection.execute(access[number].delete, [.integer(row.rowID)])
            }
            missing += to.rows.filter { from.row($0.rowID)?.digest != $0.digest }.map { (number, $0) }
        }
        for (number, row) in missing {
            try connection.execute(access[number].insert, [.integer(row.rowID)] + row.values)
        }
        if let sequences { try restoreSequences(target.tables[sequences], by: access[sequences]) }
        watch.begin()
        physical = target
        content = target
    }

    /// Last, because inserting rows advances them.
    private func restoreSequences(_ target: DatabaseContent.Table, by table: RewindableTable) throws {
        try connection.execute("DELETE FROM \(Self.sequenceTable)")
        for row in target.rows { try connection.execute(table.insert, [.integer(row.rowID)] + row.values) }
    }

    /// Reads a changed row into the content.
    private func read(_ rowID: Int64, of number: Int) throws {
        var values: [SQLValue]?
        try connection.forEachRow(access[number].select, [.integer(rowID)]) { values = $0.allValues }
        physical.set(rowID, of: number, to: values)
        if var kept = values { values = normalize(tables[number], &kept) ? kept : nil }
        content.set(rowID, of: number, to: values)
    }

    private func readAll(of table: RewindableTable) throws {
        let rows = try connection.query("SELECT rowid AS row_number FROM \"\(table.name)\"")
        let known = physical.tables[table.number].rows.map(\.rowID)
        for rowID in try Set(rows.map { try $0.integer("row_number") } + known) { try read(rowID, of: table.number) }
    }
}
