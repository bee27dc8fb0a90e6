import SQLKit
import Testing

@testable import SQLiteEngine

@Suite struct SQLiteConnectionTests {
    private let connection: SQLiteConnection

    init() throws {
        connection = try SQLiteConnection(":memory:", access: .readWrite, busyTimeoutSeconds: 0)
        try connection.script("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT UNIQUE CHECK (length(b) < 20))")
    }

    // MARK: Parameters

    @Test(arguments: [
        ("SELECT $1 AS r", ["x"], "x"),
        ("SELECT $2 || $1 AS r", ["x", "y"], "yx"),
        ("SELECT $2 || $1 || $2 AS r", ["x", "y"], "yxy"),
        ("SELECT $3 || $1 || $2 AS r -- $9", ["x", "y", "z"], "zxy"),
        (
            "SELECT $10 || $9 || $8 || $7 || $6 || $5 || $4 || $3 || $2 || $1 AS r",
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"], "jihgfedcba"
        ),
    ])
    func `parameters are positional`(sql: String, values: [String], result: String) throws {
        // Twice: the second time from the cache.
        for _ in 1...2 {
            #expect(try connection.query(sql, values.map { .text($0) })[0].text("r") == result)
        }
    }

    @Test(arguments: [
        ("too few", "SELECT $1, $2", 1), ("too many", "SELECT $1", 2), ("none wanted", "SELECT 1", 1),
        ("a gap", "SELECT $1, $3", 3), ("from zero", "SELECT $0", 1), ("a word", "SELECT $name", 1),
        ("question mark", "SELECT ?", 1), ("numbered question mark", "SELECT ?1", 1), ("colon", "SELECT :a", 1),
        ("at", "SELECT @1", 1), ("huge", "SELECT $99999999999999999999", 1),
    ])
    func `mismatched parameters are rejected`(name: String, sql: String, count: Int) async {
        #expect(await code { try connection.query(sql, Array(repeating: .null, count: count)) } == .other)
    }

    // MARK: Values

    @Test(
        arguments: [
            .null, .integer(Int64.min), .integer(Int64.max), .integer(0), .real(0.1), .real(-.infinity), .text(""),
            .text("naïve ☕️ семь"), .text("a\0b"), .blob([]), .blob([0, 255, 0]),
        ] as [SQLValue])
    func `values come back as they were`(value: SQLValue) throws {
        let row = try connection.query("SELECT $1 AS v, typeof($1) AS type", [value])[0]
        switch value {
        case .null: #expect(try row.optionalText("v") == nil)
        case .integer(let value): #expect(try row.integer("v") == value)
        case .real(let value): #expect(try row.real("v") == value)
        case .text(let value): #expect(try row.text("v") == value)
        case .blob(let value): #expect(try row.blob("v") == value)
        }
        let types: [SQLValue: String] = [.text(""): "text", .blob([]): "blob"]
        if let type = types[value] { #expect(try row.text("type") == type) }
    }

    @Test func `text that is not UTF-8 is repaired`() throws {
        #expect(try connection.query("SELECT CAST(x'61FF62' AS TEXT) AS v")[0].text("v") == "a\u{FFFD}b")
    }

    // MARK: Statements

    @Test func `execute counts the rows it changed`() throws {
        #expect(try connection.execute("INSERT INTO t (a) VALUES ('1'), ('2'), ('3')") == 3)
        #expect(try connection.execute("UPDATE t SET a = 'x' WHERE id > $1", [.integer(1)]) == 2)
        #expect(try connection.execute("UPDATE t SET a = 'x' WHERE id > 9") == 0)
        #expect(try connection.execute("DELETE FROM t WHERE id = 1 RETURNING id") == 1)
        #expect(try connection.execute("CREATE TABLE u (id INTEGER)") == 0)
        #expect(try connection.execute("SELECT * FROM t") == 0)
    }

    @Test func `returning statements finish even when their reader throws`() throws {
        struct Stop: Error {}
        try connection.execute("INSERT INTO t (a) VALUES ('1'), ('2'), ('3')")
        #expect(throws: Stop.self) {
            try connection.forEachRow("UPDATE t SET a = 'new' RETURNING id", []) { _ in throw Stop() }
        }
        #expect(try connection.query("SELECT id FROM t WHERE a = 'new'").count == 3)
    }

    @Test func `a statement can run while its own rows are being read`() throws {
        try connection.execute("INSERT INTO t (a) VALUES ('1'), ('2')")
        let sql = "SELECT id FROM t ORDER BY id"
        var pairs: [[Int64]] = []
        try connection.forEachRow(sql, []) { outer in
            try connection.forEachRow(sql, []) { pairs.append([try outer.integer("id"), try $0.integer("id")]) }
        }
        #expect(pairs == [[1, 1], [1, 2], [2, 1], [2, 2]])
    }

    @Test func `more statements run than the cache holds`() throws {
        for round in 1...2 {
            for number in 0..<300 {
                #expect(try connection.query("SELECT \(number) AS n")[0].integer("n") == number, "round \(round)")
            }
        }
    }

    @Test func `columns follow the schema`() throws {
        try connection.execute("INSERT INTO t (a, b) VALUES ('1', '2')")
        #expect(try connection.query("SELECT * FROM t")[0].text("a") == "1")
        try connection.script("ALTER TABLE t RENAME COLUMN a TO c; ALTER TABLE t ADD COLUMN d TEXT DEFAULT 'd'")
        let row = try connection.query("SELECT * FROM t")[0]
        #expect(try row.text("c") == "1")
        #expect(try row.text("d") == "d")
        #expect(throws: SQLError.self) { try row.text("a") }
    }

    @Test(
        arguments: [
            ("nothing", "", .other), ("a comment", " -- nothing\n", .other), ("two", "SELECT 1; SELECT 2", .other),
            ("one and rubbish", "SELECT 1; rubbish", .other), ("rubbish", "SELEC 1", .other),
            ("NUL", "SELECT 1\0", .other),
            ("no such table", "SELECT * FROM nowhere", .other), ("a string in double quotes", #"SELECT "a""#, .other),
            ("two columns of one name", "SELECT 1 AS a, 2 AS a", .other), ("BEGIN", "BEGIN", .other),
            ("COMMIT", "COMMIT", .other), ("SAVEPOINT", "SAVEPOINT s", .other), ("ROLLBACK", "/**/ ROLLBACK", .other),
            ("ATTACH", "ATTACH ':memory:' AS other", .other),
        ] as [(String, String, SQLError.Code)])
    func `bad statements are rejected`(name: String, sql: String, expected: SQLError.Code) async {
        #expect(await code { try connection.query(sql) } == expected)
    }

    @Test func `whitespace and comments may follow a statement`() throws {
        #expect(try connection.query("SELECT 1 AS n ; -- that is all\n /* really */ ")[0].integer("n") == 1)
    }

    @Test func `constraint errors name the statement and no value`() throws {
        let sql = "INSERT INTO t (b) VALUES ($1)"
        try connection.execute(sql, [.text("4276 1234")])
        for value in ["4276 1234", "4276 0000 0000 0000 1234"] {
            let error = try #require(throws: SQLError.self) { try connection.execute(sql, [.text(value)]) }
            #expect(error.code == .constraint)
            #expect(error.sql == sql)
            #expect(!error.message.contains(value))
        }
    }

    // MARK: Rows

    @Test func `rows check the types of their columns`() throws {
        let row = SQLRow(["t": .text("x"), "i": .integer(1), "r": .real(0.5), "n": .null, "b": .blob([1])])
        #expect(try row.text("t") == "x")
        #expect(try row.integer("i") == 1)
        #expect(try row.bool("i"))
        #expect(try row.real("r") == 0.5)
        #expect(try row.real("i") == 1)
        #expect(try row.blob("b") == [1])
        #expect(try row.optionalText("n") == nil)
        #expect(try row.optionalInteger("n") == nil)
        let wrong: [() throws -> Void] = [
            { _ = try row.text("i") }, { _ = try row.text("n") }, { _ = try row.integer("t") },
            { _ = try row.integer("r") }, { _ = try row.real("t") }, { _ = try row.blob("t") },
        ]
        for (number, access) in wrong.enumerated() {
            let error = #expect(throws: SQLError.self, "access \(number)") { try access() }
            #expect(error?.code == .decoding)
        }
        #expect(throws: SQLError(code: .other, message: "no column absent in the result")) { try row.text("absent") }
    }
}
