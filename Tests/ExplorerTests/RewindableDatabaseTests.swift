import Explorer
import SQLKit
import Testing

@Suite struct RewindableDatabaseTests {
    private static let migrations = [
        SQLMigration(
            version: 1, name: "shelf",
            sql: """
                CREATE TABLE shelves (name TEXT PRIMARY KEY, note TEXT);
                CREATE TABLE books (
                    book_id INTEGER PRIMARY KEY, shelf TEXT NOT NULL REFERENCES shelves, title TEXT NOT NULL UNIQUE);
                INSERT INTO shelves (name) VALUES ('A');
                """)
    ]

    private static func titles(_ database: RewindableDatabase) throws -> [String] {
        try database.run(isReadOnly: true) {
            try $0.query("SELECT title FROM books ORDER BY book_id").map { try $0.text("title") }
        }.result.get()
    }

    private static func add(_ title: String, to shelf: String = "A", _ database: RewindableDatabase) throws {
        _ = try database.run(isReadOnly: false) {
            try $0.execute("INSERT INTO books (shelf, title) VALUES ($1, $2)", [.text(shelf), .text(title)])
        }.result.get()
    }

    @Test func `every content can be put back`() throws {
        let database = try RewindableDatabase(migrations: Self.migrations)
        let empty = database.content
        try Self.add("one", database)
        let one = database.content
        try Self.add("two", database)
        let two = database.content
        _ = database.run(isReadOnly: false) { try $0.execute("DELETE FROM books WHERE title = 'one'") }
        // The same title under another number: unique constraints must not prevent restoring.
        try Self.add("one", database)
        let swapped = database.content
        for (content, titles) in [
            (one, ["one"]), (swapped, ["two", "one"]), (two, ["one", "two"]), (empty, []), (two, ["one", "two"]),
            (swapped, ["two", "one"]),
        ] {
            try database.restore(content)
            #expect(try Self.titles(database) == titles)
        }
        // Numbers continue from the content.
        try database.restore(one)
        try Self.add("two", database)
        #expect(database.content.digest == two.digest)
    }

    @Test func `a body that fails changes nothing`() throws {
        let database = try RewindableDatabase(migrations: Self.migrations)
        let before = database.content.digest
        let noShelf = database.run(isReadOnly: false) {
            try $0.execute("INSERT INTO books (shelf, title) VALUES ('B', 'one')")
        }
        #expect(throws: SQLError.self) { try noShelf.result.get() }
        #expect(noShelf.changed == 0 && database.content.digest == before)
        let readOnly = database.run(isReadOnly: true) { try $0.execute("DELETE FROM shelves") }
        #expect(throws: SQLError.self) { try readOnly.result.get() }
        #expect(database.content.digest == before)
    }

    @Test func `used and changed tables are recorded`() throws {
        let database = try RewindableDatabase(migrations: Self.migrations)
        func numbers(_ names: String...) -> UInt64 {
            names.reduce(0) { set, name in
                set | 1 << UInt64(database.tables.firstIndex { $0.name == name } ?? 63)
            }
        }
        for _ in 0..<2 {
            let reading = database.run(isReadOnly: true) {
                try $0.query("SELECT * FROM books JOIN shelves ON shelf = name")
            }
            #expect(reading.touched == numbers("books", "shelves") && reading.changed == 0)
        }
        let writing = database.run(isReadOnly: false) { try $0.execute("UPDATE shelves SET note = 'x'") }
        #expect(writing.touched & numbers("shelves") != 0 && writing.changed == numbers("shelves"))
        let idle = database.run(isReadOnly: false) { try $0.execute("UPDATE shelves SET note = 'x'") }
        #expect(idle.changed == 0)
    }

    @Test func `dropped rows are gone after the next restore`() throws {
        let database = try RewindableDatabase(migrations: Self.migrations) { _ in
            { table, values in
                guard table.name == "shelves" else { return true }
                values = values.map { $0 == .text("secret") ? .null : $0 }
                return values.first != .text("scratch")
            }
        }
        _ = database.run(isReadOnly: false) {
            try $0.execute("INSERT INTO shelves (name, note) VALUES ('B', 'secret'), ('scratch', '')")
        }
        try database.restore(database.content)
        let shelves = try database.run(isReadOnly: true) { try $0.query("SELECT * FROM shelves ORDER BY name") }
            .result.get()
        #expect(try shelves.map { try $0.text("name") } == ["A", "B"])
        #expect(try shelves.map { try $0.optionalText("note") } == [nil, nil])
    }
}
