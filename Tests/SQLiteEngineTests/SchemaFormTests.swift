import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

/// Differences between a store and its schema.
@Suite struct SchemaFormTests {
    private static let migrations = [
        SQLMigration(
            version: 1, name: "notes",
            sql: """
                CREATE TABLE notes
                    (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at INTEGER DEFAULT 0, UNIQUE (text, at));
                CREATE INDEX notes_by_age ON notes (at, id) WHERE at > 0;
                CREATE TABLE tags (note INTEGER NOT NULL REFERENCES notes, tag TEXT);
                CREATE INDEX tags_by_note ON tags (note);
                CREATE TRIGGER tags_only_grow BEFORE DELETE ON tags BEGIN SELECT RAISE(ABORT, 'kept'); END;
                """)
    ]

    private static let cases: [(name: String, change: String, defects: [String])] = [
        ("sound", "", []),
        ("sound with statistics", "ANALYZE", []),
        ("a user's own index", "CREATE INDEX own ON notes (text)", []),
        ("a table", "DROP TABLE tags", ["table tags is missing"]),
        ("an index", "DROP INDEX notes_by_age", ["index notes_by_age is missing"]),
        ("a column", "ALTER TABLE tags DROP COLUMN tag", ["column tags.tag is missing"]),
        ("a trigger", "DROP TRIGGER tags_only_grow", ["trigger tags_only_grow is missing"]),
        (
            "another index of the name", "DROP INDEX tags_by_note; CREATE INDEX tags_by_note ON tags (tag)",
            ["index tags_by_note differs from the schema"]
        ),
        (
            "an index that is unique now",
            "DROP INDEX tags_by_note; CREATE UNIQUE INDEX tags_by_note ON tags (note)",
            ["index tags_by_note differs from the schema"]
        ),
        (
            "a user's own trigger", "CREATE TRIGGER own AFTER INSERT ON notes BEGIN DELETE FROM tags; END",
            ["trigger own is not part of the schema"]
        ),
    ]

    private func open(_ path: String, checksTables: Bool = false) async throws -> SQLiteDatabase {
        var options = SQLiteOptions()
        options.checksTables = checksTables
        return try await SQLiteDatabase.open(.file(path: path), migrations: Self.migrations, options: options)
    }

    private func change(_ path: String, _ sql: String) throws {
        let connection = try SQLiteConnection(path, access: .readWrite, busyTimeoutSeconds: 1)
        try connection.script("PRAGMA foreign_keys = OFF")
        try connection.script(sql)
    }

    @Test(arguments: cases)
    func `a store is compared with its migrations`(name: String, change sql: String, expected: [String]) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        await (try await open(path)).close()
        try change(path, sql)
        let store = try await open(path)
        #expect(try await store.schemaDefects() == expected)
        await store.close()
    }

    @Test func `a statement on a missing table reports the table`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        await (try await open(path)).close()
        try change(path, "DROP TABLE tags")
        let store = try await open(path)
        let read = await #expect(throws: SQLError.self) {
            _ = try await store.read { try $0.query("SELECT * FROM tags") }
        }
        #expect(read?.code == .incomplete && read?.message == "table tags is missing")
        let write = await #expect(throws: SQLError.self) {
            try await store.write { _ = try $0.execute("INSERT INTO tags (note) VALUES (1)") }
        }
        #expect(write?.code == .incomplete && write?.message == "table tags is missing")
        let typo = await #expect(throws: SQLError.self) {
            _ = try await store.read { try $0.query("SELECT x FROM none") }
        }
        #expect(typo?.code == .incomplete, "the store is not whole, whatever else is wrong")
        await store.close()
    }

    @Test func `a store that lacks a table is not opened`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        await (try await open(path)).close()
        try change(path, "DROP TABLE tags")
        let error = await #expect(throws: SQLError.self) { _ = try await open(path, checksTables: true) }
        #expect(error?.code == .incomplete && error?.message == "\(path): table tags is missing")
        try change(path, "DROP TABLE notes")
        let two = await #expect(throws: SQLError.self) { _ = try await open(path, checksTables: true) }
        #expect(two?.message == "\(path): table notes and 1 more are missing")
    }

    @Test func `tables are parsed from the statements`() throws {
        let migrations = [
            SQLMigration(version: 1, name: "1", sql: "CREATE TABLE a(x); CREATE TABLE IF NOT EXISTS b (x, y);"),
            SQLMigration(
                version: 2, name: "2", sql: "DROP TABLE b;\nCREATE TABLE \"c\" (x);ALTER TABLE c ADD COLUMN z;"),
            SQLMigration(version: 3, name: "3", sql: "ALTER TABLE a RENAME TO d; CREATE INDEX e ON d (x)"),
        ]
        #expect(SQLMigrations.tables(madeBy: migrations.prefix(1)) == ["a", "b"])
        #expect(SQLMigrations.tables(madeBy: migrations.prefix(2)) == ["a", "c"])
        #expect(SQLMigrations.tables(madeBy: migrations) == ["c", "d"])
    }

    @Test func `a faulty statement on a valid store keeps its own error`() async throws {
        let store = try await SQLiteDatabase.open(.memory, migrations: Self.migrations)
        #expect(await code { _ = try await store.read { try $0.query("SELECT x FROM none") } } == .other)
        await store.close()
    }

    @Test func `an invalid value is reported with its table and column`() async throws {
        let store = try await SQLiteDatabase.open(.memory, migrations: Self.migrations)
        try await store.write { _ = try $0.execute("INSERT INTO notes (id, text, at) VALUES (1, 'a', 1e300)") }
        let cases: [(sql: String, column: String, message: String)] = [
            ("SELECT at AS moment FROM notes", "moment", "notes.at does not hold an integer"),
            ("SELECT n.at FROM tags t RIGHT JOIN notes n ON t.note = n.id", "at", "notes.at does not hold an integer"),
            ("SELECT MAX(at) AS latest FROM notes", "latest", "notes.latest does not hold an integer"),
            ("SELECT NULL AS at", "at", "at is null"),
        ]
        for (sql, column, message) in cases {
            let error = await #expect(throws: SQLError.self) {
                _ = try await store.read { try $0.query(sql)[0].integer(column) }
            }
            #expect(error?.code == .decoding && error?.message == message, "\(sql)")
        }
        let range = await #expect(throws: SQLError.self) {
            _ = try await store.read { try $0.query("SELECT id FROM notes")[0].integer("id", in: 2...3) }
        }
        #expect(range?.message == "notes.id holds a number out of range")
        await store.close()
    }
}
