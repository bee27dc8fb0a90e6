import SQLKit
import SQLiteEngine

/// A table of a ``RewindableDatabase``, with the statements that read and restore its rows.
struct RewindableTable: Sendable {
    let number: Int
    let name: String
    /// Without the alias of the rowid.
    let columns: [String]
    /// The name of the rowid in statements: the INTEGER PRIMARY KEY, or `ROWID`.
    let key: String
    /// Columns that refer to numbered rows, by their index.
    let references: [(place: Int, table: String)]
    let select: String
    let insert: String
    let delete: String

    /// - Throws: ``RewindError`` for a table whose changes cannot be followed.
    init(_ name: String, number: Int, _ connection: SQLiteConnection) throws {
        self.number = number
        self.name = name
        let all = try connection.query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", [.text(name)])
        // A single INTEGER PRIMARY KEY is an alias of the rowid.
        let keys = try all.filter { try $0.integer("pk") > 0 }
        let alias =
            try keys.count == 1 && keys[0].text("type").uppercased() == "INTEGER" ? keys[0].text("name") : nil
        key = alias ?? "ROWID"
        let names = try all.map { try $0.text("name") }
        columns = names.count == 1 ? names : names.filter { $0 != alias }
        references = try connection.query(
            """
            SELECT k."from" AS place, k."table" AS target FROM pragma_foreign_key_list($1) k
            WHERE (SELECT COUNT(*) FROM pragma_table_info(k."table") c WHERE c.pk > 0) = 1
                AND EXISTS (SELECT 1 FROM pragma_table_info(k."table") c WHERE c.pk = 1 AND upper(c.type) = 'INTEGER')
            """, [.text(name)]
        ).compactMap { [columns] row in
            let column = try row.text("place")
            return try columns.firstIndex(of: column).map { ($0, try row.text("target")) }
        }
        let list = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let places = (1...columns.count + 1).map { "$\($0)" }.joined(separator: ", ")
        select = "SELECT \(list) FROM \"\(name)\" WHERE rowid = $1"
        insert = "INSERT INTO \"\(name)\" (rowid, \(list)) VALUES (\(places))"
        delete = "DELETE FROM \"\(name)\" WHERE rowid = $1"
    }

    /// - Throws: ``RewindError`` for what SQLite changes without reporting each row, or would change again while rows
    ///   are restored.
    static func check(_ connection: SQLiteConnection) throws {
        func refuse(_ sql: String, _ why: String) throws {
            if let row = try connection.query(sql).first { throw RewindError(table: try row.text("name"), why: why) }
        }
        try refuse("SELECT name FROM pragma_table_list WHERE wr AND schema = 'main'", "is WITHOUT ROWID")
        try refuse("SELECT name FROM pragma_table_list WHERE type = 'virtual'", "is virtual")
        try refuse("SELECT tbl_name AS name FROM sqlite_schema WHERE type = 'trigger'", "has a trigger")
        try refuse(
            """
            SELECT t.name AS name FROM sqlite_schema t, pragma_foreign_key_list(t.name) k
            WHERE t.type = 'table' AND (k.on_delete <> 'NO ACTION' OR k.on_update <> 'NO ACTION')
            """, "has a foreign key with an action")
        try refuse(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND upper(sql) LIKE '%ON CONFLICT REPLACE%'",
            "replaces rows on conflict")
    }
}

/// A schema with a table whose changes a ``RewindableDatabase`` cannot follow or undo.
package struct RewindError: Error, Hashable, Sendable, CustomStringConvertible {
    package var table: String
    package var why: String

    package var description: String { "the explorer cannot rewind table \(table): it \(why)" }
}
