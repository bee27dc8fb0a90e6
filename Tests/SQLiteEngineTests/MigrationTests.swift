import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct MigrationTests {
    private static let all = [
        SQLMigration(
            version: 1, name: "shops",
            sql: "CREATE TABLE shops (id TEXT PRIMARY KEY); CREATE TABLE bills (id TEXT, shop TEXT REFERENCES shops);"),
        SQLMigration(version: 2, name: "cities", sql: "ALTER TABLE shops ADD COLUMN city TEXT; -- nullable"),
        SQLMigration(
            version: 5, name: "numbered shops",
            sql: """
                CREATE TABLE new_shops (id TEXT PRIMARY KEY, city TEXT, number INTEGER NOT NULL DEFAULT 7);
                INSERT INTO new_shops (id, city) SELECT id, city FROM shops;
                DROP TABLE shops;
                ALTER TABLE new_shops RENAME TO shops;
                """),
    ]

    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func open(
        _ migrations: [SQLMigration], _ location: SQLiteLocation? = nil, mode: SQLiteOptions.Mode = .readWrite
    ) async throws -> SQLiteDatabase {
        var options = SQLiteOptions()
        options.mode = mode
        return try await SQLiteDatabase.open(location ?? .file(path: path), migrations: migrations, options: options)
    }

    /// Changes the store through a separate connection.
    private func tamper(_ sql: String) throws {
        let connection = try SQLiteConnection(path, access: .readWrite, busyTimeoutSeconds: 0)
        try connection.script(sql)
    }

    @Test(arguments: 0...3) func `every released version is migrated to the newest`(count: Int) async throws {
        var store = try await open(Array(Self.all.prefix(count)))
        if count > 0 {
            try await store.write {
                try $0.execute("INSERT INTO shops (id) VALUES ('s')")
                try $0.execute("INSERT INTO bills VALUES ('b', 's')")
            }
        }
        await store.close()
        store = try await open(Self.all)
        let (versions, shops, version) = try await store.read { connection in
            (
                try connection.query("SELECT version FROM schema_migrations ORDER BY version")
                    .map { try $0.integer("version") },
                try connection.query("SELECT number FROM shops").map { try $0.integer("number") },
                try connection.query("PRAGMA user_version")[0].integer("user_version")
            )
        }
        #expect(versions == [1, 2, 5])
        #expect(version == 5)
        #expect(shops == (count > 0 ? [7] : []))
        #expect(try await store.integrityCheck() == [])
        let orphan = await code {
            try await store.write { try $0.execute("INSERT INTO bills VALUES ('b', 'nowhere')") }
        }
        #expect(orphan == .constraint, "foreign keys are enforced again")
        await store.close()
    }

    @Test func `an in-memory database is migrated`() async throws {
        let store = try await open(Self.all, .memory)
        #expect(try await store.read { try $0.query("SELECT number FROM shops").count } == 0)
        await store.close()
    }

    @Test(arguments: [SQLiteOptions.Mode.readWrite, .readOnly]) func `newer stores are rejected`(
        mode: SQLiteOptions.Mode
    )
        async throws
    {
        await (try await open(Self.all)).close()
        let error = await code { try await open(Array(Self.all.prefix(2)), mode: mode) }
        #expect(error == .newerSchema(found: 5, known: 2))
    }

    @Test func `a newer version number alone is rejected`() async throws {
        await (try await open(Self.all)).close()
        try tamper("PRAGMA user_version = 9")
        #expect(await code { try await open(Self.all) } == .newerSchema(found: 9, known: 5))
    }

    @Test func `edited migrations are detected`() async throws {
        await (try await open(Self.all)).close()
        var edited = Self.all
        edited[1].sql += " "
        #expect(await code { try await open(edited) } == .changedMigration(version: 2))
        edited = Self.all
        edited.insert(SQLMigration(version: 3, name: "late", sql: "SELECT 1"), at: 2)
        #expect(await code { try await open(edited) } == .changedMigration(version: 5))
        edited = Self.all
        edited[1].name = "a renamed migration is the same"
        await (try await open(edited)).close()
    }

    @Test func `databases of other programs are left alone`() async throws {
        await (try await open([])).close()
        try tamper("CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 3")
        #expect(await code { try await open(Self.all) } == .notADatabase)
    }

    @Test func `old schemas cannot be opened read-only`() async throws {
        await (try await open(Array(Self.all.prefix(2)))).close()
        #expect(await code { try await open(Self.all, mode: .readOnly) } == .readOnly)
    }

    @Test(
        arguments: [
            ("nonsense", "CREATE TABLE x (id TEXT); nonsense", .other),
            ("an orphan", "INSERT INTO bills VALUES ('b', 'nowhere')", .constraint),
            ("its own commit", "CREATE TABLE x (id TEXT); ROLLBACK", .other),
        ] as [(String, String, SQLError.Code)])
    func `a failing migration leaves nothing behind`(name: String, sql: String, expected: SQLError.Code) async throws {
        let bad = SQLMigration(version: 9, name: "bad one", sql: sql)
        let error = await #expect(throws: SQLError.self) { try await open(Self.all + [bad]) }
        #expect(error?.code == expected)
        #expect(error?.message.contains("migration 9 (bad one)") == true)
        let store = try await open(Self.all)
        let tables = try await store.read { try $0.query("SELECT name FROM sqlite_schema WHERE name = 'x'") }
        #expect(tables.isEmpty)
        await store.close()
    }

    @Test(arguments: [[2, 1], [1, 1], [0], [-1], [1, Int(Int32.max) + 1]]) func `migration versions must increase`(
        versions: [Int]
    )
        async
    {
        let migrations = versions.map { SQLMigration(version: $0, name: "", sql: "SELECT 1") }
        #expect(await code { try await open(migrations, .memory) } == .other)
    }

    @Test func `many processes can open a new store concurrently`() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<12 {
                group.addTask {
                    let store = try await open(Self.all)
                    try await store.write { try $0.execute("INSERT INTO bills (id) VALUES ('b')") }
                    await store.close()
                }
            }
            try await group.waitForAll()
        }
        let store = try await open(Self.all)
        #expect(try await store.read { try $0.query("SELECT id FROM bills").count } == 12)
        #expect(try await store.integrityCheck() == [])
        await store.close()
    }
}
