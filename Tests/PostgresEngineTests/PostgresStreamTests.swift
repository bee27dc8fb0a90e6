import Foundation
import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresStreamTests {
    private static let series = "SELECT n FROM generate_series(1, $1::bigint) AS n"

    @Test func `many rows pass without being kept`() async throws {
        let database = try await Notes.open()
        let (sum, growth) = try await database.read { connection in
            var (sum, count, before): (Int64, Int, Int) = (0, 0, 0)
            try connection.forEachRow(
                "SELECT n, repeat('x', 2000) AS text FROM generate_series(1, 100000::bigint) AS n", []
            ) { row in
                count += 1
                sum += try row.integer("n")
                // By now, memory that is allocated only once has been allocated.
                if count == 1000 { before = try residentBytes() }
            }
            return (sum, try residentBytes() - before)
        }
        #expect(sum == 5_000_050_000)
        // All rows together take at least 200 MB.
        #expect(growth < 64 << 20)
        await database.close()
    }

    @Test func `a body may run statements between rows`() async throws {
        let database = try await Notes.open()
        let count = try await database.write { connection in
            try connection.forEachRow(Self.series, [.integer(50)]) { row in
                let n = try row.integer("n")
                try connection.execute(
                    "INSERT INTO notes (text, amount) VALUES ($1, $2)", [.text("\(n)"), .integer(n)])
                try connection.forEachRow(Self.series, [.integer(3)]) { inner in
                    guard try inner.integer("n") == 2 else { return }
                    try connection.execute("UPDATE notes SET amount = amount + 1 WHERE text = $1", [.text("\(n)")])
                }
            }
            return try connection.query("SELECT COUNT(*) AS count, SUM(amount) AS sum FROM notes")[0]
        }
        #expect(try count.integer("count") == 50)
        #expect(try count.integer("sum") == 50 * 51 / 2 + 50)
        await database.close()
    }

    @Test func `a body that stops leaves the connection usable`() async throws {
        struct Stop: Error {}
        let database = try await Notes.open { $0.connections = 1 }
        try await database.write { connection in
            var seen = 0
            do {
                try connection.savepoint {
                    try connection.execute("INSERT INTO notes (text) VALUES ('undone')")
                    try connection.forEachRow(Self.series, [.integer(5000)]) { _ in
                        seen += 1
                        if seen == 3 { throw Stop() }
                    }
                }
            } catch is Stop {}
            try connection.execute("INSERT INTO notes (text) VALUES ($1)", [.text("\(seen)")])
        }
        #expect(try await Notes.texts(database) == ["3"])
        await #expect(throws: Stop.self) {
            try await database.read { try $0.forEachRow(Self.series, [.integer(5000)]) { _ in throw Stop() } }
        }
        #expect(try await Notes.texts(database) == ["3"])
        await database.close()
    }

    @Test func `a statement that fails after some rows fails the body`() async throws {
        let database = try await Notes.open { $0.connections = 1 }
        let rows = Runs()
        let error = await #expect(throws: SQLError.self) {
            try await database.read {
                try $0.forEachRow("SELECT 1 / (n - 3) AS q FROM generate_series(1, 10) AS n", []) { _ in rows.next() }
            }
        }
        #expect(error?.code == .other)
        #expect(rows.count == 2)
        let missing = await #expect(throws: SQLError.self) {
            try await database.read { try $0.forEachRow("SELECT * FROM missing", []) { _ in } }
        }
        #expect(missing?.code == .incomplete)
        #expect(try await Notes.texts(database).isEmpty)
        await database.close()
    }

    @Test func `many statements with large answers go out together`() async throws {
        let database = try await Notes.open()
        let count = try await database.write { connection in
            let body = [UInt8](repeating: 7, count: 500)
            let sets = (0..<20_000).map { [SQLValue.text("\($0)"), .blob(body)] }
            let changed = try connection.executeEach(
                "INSERT INTO notes (text, body) VALUES ($1, $2) RETURNING text, body, body AS again", sets)
            return changed.reduce(0, +)
        }
        #expect(count == 20_000)
        await database.close()
    }

    @Test func `statements that are not used for long are given up`() async throws {
        let database = try await Notes.open { $0.connections = 1 }
        for round in 0..<3 {
            for number in 0..<400 {
                try await database.read { connection in
                    _ = try connection.query("SELECT \(number + round * 200) AS n")
                }
            }
        }
        let (known, held) = try await database.pool.withSession { session in
            let rows = try session.script("SELECT COUNT(*) AS count FROM pg_prepared_statements")
            return (session.preparedCount, try rows[0].integer("count"))
        }
        #expect(Int64(known) == held)
        #expect((400...501).contains(known))
        await database.close()
    }

    @Test func `the statement that is used is the one that stays`() {
        var statements = PostgresStatements(capacity: 10)
        for number in 0..<11 {
            _ = statements.use("often")
            _ = statements.use("\(number)")
        }
        #expect(statements.removeSurplus().count == 3)
        #expect(statements.removeSurplus().isEmpty)
        #expect(statements.use("often") == ("s1", false))
        #expect(statements.use("10").isNew == false)
        #expect(statements.use("0").isNew)
    }
}

/// The resident memory of this process.
private func residentBytes() throws -> Int {
    let pages = try String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8).split(separator: " ")
    return (Int(pages[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
}
