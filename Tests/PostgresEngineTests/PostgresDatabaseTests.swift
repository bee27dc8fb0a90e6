import Foundation
import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresDatabaseTests {
    private func open(
        connections: Int = 4, migrations: [SQLMigration] = [Notes.migration], schema: String = Notes.newSchema()
    ) async throws -> PostgresDatabase {
        try await Notes.open(schema: schema, migrations: migrations) { $0.connections = connections }
    }

    private func add(_ text: String, to database: PostgresDatabase) async throws {
        try await Notes.add(text, to: database)
    }

    private func texts(_ database: PostgresDatabase) async throws -> [String] { try await Notes.texts(database) }

    @Test func `values come back as they were stored`() async throws {
        let database = try await open()
        let bytes: [UInt8] = Array(0...255)
        let row = try await database.write { connection in
            try connection.execute(
                "INSERT INTO notes (text, amount, body) VALUES ($1, $2, $3)",
                [.text("a'b\"c\\d ü\n"), .integer(Int64.max), .blob(bytes)])
            return try connection.query(
                """
                SELECT *, 1.5::float8 AS real, NULL AS nothing, amount > 1 AS many, SUM(amount) OVER () AS sum
                FROM notes
                """
            )[0]
        }
        #expect(try row.integer("number") == 1)
        #expect(try row.text("text") == "a'b\"c\\d ü\n")
        #expect(try row.integer("amount") == Int64.max)
        #expect(try row.blob("body") == bytes)
        #expect(try row.real("real") == 1.5)
        #expect(try row.optionalText("nothing") == nil)
        #expect(try row.bool("many"))
        #expect(try row.integer("sum") == Int64.max)
        await database.close()
    }

    @Test func `statements tell how many rows they changed`() async throws {
        let database = try await open()
        let counts = try await database.write { connection in
            [
                try connection.executeEach(
                    "INSERT INTO notes (text) VALUES ($1) ON CONFLICT (text) DO NOTHING",
                    ["a", "b", "a", "c"].map { [.text($0)] }),
                [try connection.execute("UPDATE notes SET amount = amount + 1 WHERE text <> 'b'")],
                [try connection.query("DELETE FROM notes RETURNING text").count],
            ]
        }
        #expect(counts == [[1, 1, 0, 1], [2], [3]])
        await database.close()
    }

    @Test func `a body that throws changes nothing`() async throws {
        struct Stop: Error {}
        let database = try await open()
        await #expect(throws: Stop.self) {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                throw Stop()
            }
        }
        #expect(try await texts(database).isEmpty)
        await database.close()
    }

    @Test func `a savepoint undoes its own changes only`() async throws {
        struct Stop: Error {}
        let database = try await open()
        try await database.write { connection in
            try connection.savepoint { _ = try connection.execute("INSERT INTO notes (text) VALUES ('a')") }
            for statement in ["INSERT INTO notes (text) VALUES ('b')", "INSERT INTO notes (text) VALUES ('a')", nil] {
                _ = try? connection.savepoint {
                    if let statement { try connection.execute(statement) }
                    try connection.savepoint { _ = try connection.execute("INSERT INTO notes (text) VALUES ('c')") }
                    throw Stop()
                }
            }
            // Savepoints around no statement leave no trace.
            _ = try? connection.savepoint { throw Stop() }
            try connection.savepoint { try connection.savepoint {} }
            try connection.execute("INSERT INTO notes (text) VALUES ('d')")
        }
        #expect(try await texts(database) == ["a", "d"])
        await database.close()
    }

    @Test func `a failure that was ignored commits nothing`() async throws {
        let database = try await open()
        let error = await #expect(throws: SQLError.self) {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                _ = try? connection.execute("INSERT INTO notes (text, amount) VALUES ('b', -1)")
            }
        }
        #expect(error?.code == .other)
        #expect(try await texts(database).isEmpty)
        await database.close()
    }

    @Test func `errors have codes, and no values`() async throws {
        let database = try await open()
        try await add("secret", to: database)
        let cases: [(String, [SQLValue], SQLError.Code)] = [
            ("INSERT INTO notes (text) VALUES ($1)", [.text("secret")], .constraint),
            ("INSERT INTO notes (text, amount) VALUES ($1, -1)", [.text("secret-2")], .constraint),
            ("INSERT INTO notes (text) VALUES ($1)", [.text("secret\0")], .unsupportedValue),
            ("INSERT INTO notes (text, amount) VALUES ($1, $2::bigint)", [.text("a"), .text("secret")], .other),
            ("SELECT $1::text::bigint", [.text("secret")], .other),
            ("SELECT $1::text::smallint", [.text("99999999secret")], .other),
            ("SELECT convert_from($1, 'UTF8')", [.blob([0xff])], .unsupportedValue),
            ("INSERT INTO notes (text) VALUES ($1::text), ($1::text)", [.text("secret-3")], .constraint),
            ("SELECT * FROM missing WHERE text = $1", [.text("secret")], .incomplete),
            ("SELECT missing FROM notes WHERE text = $1", [.text("secret")], .incomplete),
            ("SELEC $1", [.text("secret")], .other),
        ]
        for (sql, parameters, code) in cases {
            let error = await #expect(throws: SQLError.self, "\(sql)") {
                try await database.write { _ = try $0.query(sql, parameters) }
            }
            #expect(error?.code == code, "\(sql): \(error?.message ?? "")")
            #expect(error?.message.contains("secret") == false, "\(error?.message ?? "")")
        }
        #expect(try await texts(database) == ["secret"])
        await database.close()
    }

    @Test func `bodies that change the same row run again`() async throws {
        let database = try await open(connections: 8)
        try await add("a", to: database)
        // A body may run three times, and two concurrent bodies conflict at most once each.
        for _ in 0..<20 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await database.write { connection in
                            let amount = try connection.query("SELECT amount FROM notes WHERE text = 'a'")[0]
                                .integer("amount")
                            try connection.execute(
                                "UPDATE notes SET amount = $1 WHERE text = 'a'", [.integer(amount + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let amount = try await database.read { try $0.query("SELECT amount FROM notes")[0].integer("amount") }
        #expect(amount == 40)
        await database.close()
    }

    @Test func `a conflict cannot be swallowed`() async throws {
        let (one, schema) = (try await open(), Notes.newSchema())
        await one.close()
        let database = try await open(schema: schema)
        let other = try await open(schema: schema)
        try await add("a", to: database)
        let runs = Runs()
        try await database.write { connection in
            let isFirst = runs.next() == 1
            _ = try connection.query("SELECT * FROM notes")
            if isFirst {
                // Another session changes the row after this snapshot was taken.
                blocking { try await other.write { _ = try $0.execute("UPDATE notes SET amount = 10") } }
            }
            _ = try? connection.savepoint {
                _ = try connection.execute("UPDATE notes SET amount = amount + 1 WHERE text = 'a'")
            }
        }
        #expect(runs.count == 2)
        let amount = try await database.read { try $0.query("SELECT amount FROM notes")[0].integer("amount") }
        #expect(amount == 11)
        for database in [database, other] { await database.close() }
    }

    @Test func `two programs that open a new store migrate it once`() async throws {
        let schema = Notes.newSchema()
        let databases = try await withThrowingTaskGroup(of: PostgresDatabase.self) { group in
            for _ in 0..<4 { group.addTask { try await open(schema: schema) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for (index, database) in databases.enumerated() { try await add("\(index)", to: database) }
        #expect(try await texts(databases[0]).count == 4)
        for database in databases { await database.close() }
    }

    @Test func `a schema that differs is refused`() async throws {
        let schema = Notes.newSchema()
        await (try await open(schema: schema)).close()
        var changed = Notes.migration
        changed.sql += "\n-- changed"
        let error = await #expect(throws: SQLError.self) { try await open(migrations: [changed], schema: schema) }
        #expect(error?.code == .changedMigration(version: 1))
        let newer = await #expect(throws: SQLError.self) { try await open(migrations: [], schema: schema) }
        #expect(newer?.code == .newerSchema(found: 1, known: 0))
    }

    @Test func `statements survive a change of their table by another program`() async throws {
        let schema = Notes.newSchema()
        let (database, other) = (try await open(connections: 1, schema: schema), try await open(schema: schema))
        try await add("a", to: database)
        let all = "SELECT * FROM notes"
        _ = try await database.read { try $0.query(all) }
        try await other.write { _ = try $0.execute("ALTER TABLE notes ADD COLUMN more TEXT DEFAULT 'm'") }
        let row = try await database.read { try $0.query(all)[0] }
        #expect(try row.text("more") == "m")
        for database in [database, other] { await database.close() }
    }

    @Test func `a server that restarts costs no write`() async throws {
        let cluster = try await PostgresCluster()
        var options = try PostgresOptions(address: cluster.address)
        options.schema = "restart"
        let database = try await PostgresDatabase.open(options, migrations: [Notes.migration])
        try await add("a", to: database)
        try await cluster.kill()
        let error = await #expect(throws: SQLError.self) { try await add("b", to: database) }
        #expect(error?.code == .unreachable)
        try await cluster.start()
        try await add("c", to: database)
        #expect(try await texts(database) == ["a", "c"])
        await database.close()
    }
}
