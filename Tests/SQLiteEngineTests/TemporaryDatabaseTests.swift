import FoundationEssentials
import SQLKit
import SQLiteEngine
import Testing

@Suite struct TemporaryDatabaseTests {
    /// Exceeds the cache, so that data is written to the file and read back.
    @Test func `a database may outgrow its cache`() async throws {
        var options = SQLiteOptions()
        options.cacheKibibytes = 64
        let table = SQLMigration(
            version: 1, name: "t", sql: "CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        let database = try await SQLiteDatabase.open(.temporary, migrations: [table], options: options)
        let mark = UUID().uuidString
        let text = mark + String(repeating: "x", count: 1000 - mark.utf8.count)
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
        let kept = Self.namelessFiles().map { $0.ranges(of: Array(mark.utf8)).count }.reduce(0, +)
        // 64 KiB are in memory at most.
        #expect(kept > 1900 && kept <= 2000, "\(kept) of 2000 rows are in a file")
        await database.close()
        #expect(!Self.namelessFiles().contains { $0.contains(Array(mark.utf8)) }, "gone with the database")
        await #expect(throws: SQLError.self) { try await database.read { try $0.query("SELECT 1") } }
    }

    /// The contents of this process's open, unlinked files.
    private static func namelessFiles() -> [[UInt8]] {
        let directory = "/proc/self/fd"
        let manager = FileManager.default
        return ((try? manager.contentsOfDirectory(atPath: directory)) ?? []).compactMap { name in
            let path = "\(directory)/\(name)"
            // SQLite's name for the file before it was unlinked.
            guard let target = try? manager.destinationOfSymbolicLink(atPath: path), target.contains("etilqs_") else {
                return nil
            }
            return (try? Data(contentsOf: URL(filePath: path))).map(Array.init)
        }
    }
}
