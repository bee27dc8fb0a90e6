import EncodingKit
import SQLKit
import Testing

@testable import Explorer

/// Random sequences of writes, failures and rewinds: the content is what a plain dump of every table shows, and going
/// back brings back exactly what was there.
@Suite struct RewindPropertyTests {
    private static let migrations = [
        SQLMigration(
            version: 1, name: "all forms of tables",
            sql: """
                CREATE TABLE plain (name TEXT PRIMARY KEY, value, other);
                CREATE TABLE numbered (id INTEGER PRIMARY KEY, value UNIQUE, name TEXT REFERENCES plain);
                CREATE TABLE sequenced (id INTEGER PRIMARY KEY AUTOINCREMENT, value);
                CREATE TABLE also_sequenced (id INTEGER PRIMARY KEY AUTOINCREMENT, value NOT NULL);
                CREATE TABLE paired (a, b, value, PRIMARY KEY (a, b));
                CREATE TABLE keys (id INTEGER PRIMARY KEY);
                CREATE INDEX plain_by_value ON plain (value);
                INSERT INTO plain VALUES ('seed', 1, NULL);
                INSERT INTO sequenced (value) VALUES ('seed');
                """)
    ]

    private static let values: [SQLValue] = [
        .null, .integer(0), .integer(1), .integer(Int64.min), .integer(Int64.max), .real(0.1), .real(-0.0),
        .real(1e308),
        .real(.infinity), .text(""), .text("1"), .text("it's «ё»"), .text("a\nb"), .blob([]), .blob([0, 255, 39]),
    ]

    private struct Failure: Error {}

    /// One statement, and its parameters.
    private static func write(_ random: inout SplitMix64) -> (sql: String, parameters: [SQLValue]) {
        func value() -> SQLValue { values.randomElement(using: &random) ?? .null }
        let name = SQLValue.text("n\(Int.random(in: 0..<4, using: &random))")
        let number = SQLValue.integer(Int64.random(in: 1..<6, using: &random))
        let writes: [(String, [SQLValue])] = [
            ("INSERT INTO plain VALUES ($1, $2, $3)", [name, value(), value()]),
            (
                "INSERT INTO plain VALUES ($1, $2, NULL) ON CONFLICT (name) DO UPDATE SET other = excluded.value",
                [name, value()]
            ),
            ("INSERT INTO plain VALUES ($1, 1, 1) ON CONFLICT DO NOTHING", [name]),
            ("UPDATE plain SET value = $1, other = value", [value()]),
            ("UPDATE plain SET name = $1 WHERE name = $2", [name, .text("n0")]),
            ("DELETE FROM plain WHERE name = $1", [name]),
            ("DELETE FROM plain", []),
            ("INSERT INTO numbered (value, name) VALUES ($1, $2)", [value(), name]),
            ("INSERT INTO numbered VALUES ($1, $2, NULL)", [number, value()]),
            ("DELETE FROM numbered WHERE id <= $1", [number]),
            ("INSERT INTO sequenced (value) VALUES ($1), ($2)", [value(), value()]),
            ("INSERT INTO sequenced VALUES ($1, $2)", [number, value()]),
            ("DELETE FROM sequenced", []),
            ("INSERT INTO also_sequenced (value) VALUES ($1)", [value()]),
            ("DELETE FROM also_sequenced WHERE id > $1", [number]),
            ("INSERT INTO paired VALUES ($1, $2, $3)", [value(), number, value()]),
            ("UPDATE paired SET value = $1 WHERE b = $2", [value(), number]),
            ("INSERT INTO keys VALUES ($1)", [number]),
            ("DELETE FROM keys", []),
        ]
        return writes.randomElement(using: &random) ?? writes[0]
    }

    /// A body of several writes: some fail midway, alone in a savepoint or with all before them.
    private static func run(_ database: RewindableDatabase, _ random: inout SplitMix64) {
        let writes = (0..<Int.random(in: 1...4, using: &random)).map { _ in write(&random) }
        let nested = Bool.random(using: &random)
        let failsAt = Int.random(in: 0..<12, using: &random)
        _ = database.run(isReadOnly: false) { connection in
            for (number, write) in writes.enumerated() {
                if nested {
                    // A statement that fails undoes its savepoint only.
                    try? connection.savepoint {
                        try connection.execute(write.sql, write.parameters)
                        if number % 2 == 1 { throw Failure() }
                    }
                } else {
                    try connection.execute(write.sql, write.parameters)
                }
                if number == failsAt { throw Failure() }
            }
        }
    }

    /// Every row of every table as SQLite has it: its rowid and values, with their types.
    private static func dump(_ database: RewindableDatabase) throws -> [String: [String]] {
        try database.run(isReadOnly: true) { connection in
            var dump: [String: [String]] = [:]
            for table in database.tables {
                let list = table.columns.map { ", \"\($0)\"" }.joined()
                dump[table.name] = try connection.query(
                    "SELECT rowid AS row_number\(list) FROM \(table.name) ORDER BY rowid"
                ).map { "\($0.allValues)" }
            }
            return dump
        }.result.get()
    }

    /// The same by the content.
    private static func dump(_ content: DatabaseContent, of database: RewindableDatabase) -> [String: [String]] {
        Dictionary(
            uniqueKeysWithValues: database.tables.map { table in
                (table.name, content.tables[table.number].rows.map { "\([.integer($0.rowID)] + $0.values)" })
            })
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `every content is brought back exactly`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let database = try RewindableDatabase(migrations: Self.migrations)
        var saved = [(content: database.content, dump: try Self.dump(database))]
        for _ in 0..<120 {
            if Int.random(in: 0..<3, using: &random) == 0, let (content, dump) = saved.randomElement(using: &random) {
                try database.restore(content)
                #expect(try Self.dump(database) == dump)
            }
            Self.run(database, &random)
            let dump = try Self.dump(database)
            #expect(Self.dump(database.content, of: database) == dump)
            // Equal dumps have equal digests, and different ones different digests.
            for (content, other) in saved { #expect((content.digest == database.content.digest) == (other == dump)) }
            saved.append((database.content, dump))
        }
        #expect(Set(saved.map(\.content.digest)).count > 40)
    }

    /// Generated numbers continue from the restored content, those of AUTOINCREMENT columns too.
    @Test(arguments: 0..<3 as Range<UInt64>)
    func `the same writes after a rewind have the same effect`(seed: UInt64) throws {
        let database = try RewindableDatabase(migrations: Self.migrations)
        var random = SplitMix64(state: seed)
        var steps: [(before: DatabaseContent, random: SplitMix64, after: DatabaseContent)] = []
        for _ in 0..<60 {
            let (before, start) = (database.content, random)
            Self.run(database, &random)
            steps.append((before, start, database.content))
        }
        for step in steps.shuffled(using: &random) {
            try database.restore(step.before)
            var again = step.random
            Self.run(database, &again)
            #expect(database.content.digest == step.after.digest)
        }
    }

    /// SQLite does not report every row that these change.
    @Test(arguments: [
        "REPLACE INTO plain VALUES ('seed', 2, 3)", "INSERT OR REPLACE INTO plain VALUES ('seed', 2, 3)",
        "update or replace plain set name = 'x'", "UPDATE numbered SET id = 7", "UPDATE plain SET rowid = 7",
        "CREATE TABLE t (a)", "DROP TABLE keys", "ALTER TABLE keys ADD COLUMN a", "PRAGMA user_version = 9",
        "CREATE TRIGGER t AFTER INSERT ON keys BEGIN DELETE FROM plain; END",
    ])
    func `what cannot be followed is refused`(sql: String) throws {
        let database = try RewindableDatabase(migrations: Self.migrations)
        let (digest, dump) = (database.content.digest, try Self.dump(database))
        let run = database.run(isReadOnly: false) { try $0.execute(sql) }
        #expect(throws: SQLError.self) { try run.result.get() }
        #expect(database.content.digest == digest)
        #expect(try Self.dump(database) == dump)
    }

    @Test(arguments: [
        ("CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID", "is WITHOUT ROWID"),
        ("CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END", "has a trigger"),
        (
            "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a REFERENCES p ON DELETE CASCADE)",
            "has a foreign key with an action"
        ),
        ("CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE)", "replaces rows on conflict"),
    ])
    func `a schema that cannot be followed is refused at the start`(sql: String, why: String) {
        #expect(throws: RewindError(table: "t", why: why)) {
            try RewindableDatabase(migrations: [SQLMigration(version: 1, name: "t", sql: sql)])
        }
    }
}
