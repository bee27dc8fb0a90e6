import SQLKit
import Testing

@Suite struct TemporaryDatabaseTests {
    /// More than the cache holds, so that it goes to its file and comes back.
    @Test func moreThanTheCacheHolds() async throws {
        var options = SQLiteOptions()
        options.cacheKibibytes = 64
        let table = SQLMigration(
            version: 1, name: "t", sql: "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        let database = try await SQLiteDatabase.open(.temporary, migrations: [table], options: options)
        let text = String(repeating: "x", count: 1000)
        for start in stride(from: 0, to: 2000, by: 500) {
            try await database.write { connection in
                for number in start..<start + 500 {
                    try connection.execute(
                        "INSERT INTO t (n, text) VALUES ($1, $2)", [.integer(Int64(number)), .text(text)])
                }
            }
        }
        let (count, bytes) = try await database.read { connection in
            let rows = try connection.query("SELECT COUNT(*) AS count, SUM(LENGTH(text)) AS bytes FROM t")
            return (try rows[0].integer("count"), try rows[0].integer("bytes"))
        }
        #expect(count == 2000 && bytes == 2_000_000)
        await database.close()
        await #expect(throws: SQLError.self) { try await database.read { try $0.query("SELECT 1") } }
    }
}
