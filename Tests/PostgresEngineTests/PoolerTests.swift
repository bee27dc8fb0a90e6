import Foundation
import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

/// A real pgbouncer, which assigns each transaction one of two backends.
@Suite struct PoolerTests {
    private static let pooler = Task {
        let cluster = try await PostgresCluster.shared
        let folder = URL(filePath: cluster.socket).deletingLastPathComponent().path
        return try await SupervisedServer("postgres-pooler", [folder, "\(cluster.port)"])
    }

    private func open(
        schema: String = Notes.newSchema(), _ change: (inout PostgresOptions) -> Void = { _ in }
    ) async throws -> PostgresDatabase {
        try await Notes.open(try await Self.pooler.value.greeting, schema: schema) { options in
            options.usesPooler = true
            change(&options)
        }
    }

    @Test func `transactions on changing backends keep their schema and limits`() async throws {
        let databases = [try await open { $0.statementSeconds = 7 }, try await open { $0.statementSeconds = 8 }]
        for (index, database) in databases.enumerated() {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let limit = try await database.write { connection in
                            try connection.savepoint {
                                _ = try connection.executeEach(
                                    "INSERT INTO notes (text) VALUES ($1)",
                                    [[.text("\(number)")], [.text("\(number)+")]])
                            }
                            return try connection.query("SELECT current_setting('statement_timeout') AS s")[0].text("s")
                        }
                        #expect(limit == "\(index + 7)s")
                    }
                }
                try await group.waitForAll()
            }
        }
        for database in databases {
            #expect(try await Notes.texts(database).count == 40)
            await database.close()
        }
    }

    @Test func `nothing is left behind on a backend`() async throws {
        let database = try await open()
        try await Notes.add("a", to: database)
        _ = try await Notes.texts(database)
        let rows = try await database.read {
            try $0.query("SELECT name FROM pg_prepared_statements WHERE name LIKE 's%'")
        }
        #expect(rows.isEmpty)
        await database.close()
    }

    @Test func `nobody is woken, but everyone can wake`() async throws {
        let schema = Notes.newSchema()
        let (database, direct) = (try await open(schema: schema), try await Notes.open(schema: schema))
        #expect(database.signals("tasks") == nil)
        var signals = try #require(direct.signals("tasks")).makeAsyncIterator()
        await signals.next()
        database.signal("tasks")
        await signals.next()
        for database in [database, direct] { await database.close() }
    }

    @Test func `rows are passed on one by one`() async throws {
        let database = try await open()
        let numbers = try await database.read { connection in
            var numbers: [Int64] = []
            try connection.forEachRow("SELECT n FROM generate_series(1, $1::bigint) AS n", [.integer(3)]) {
                numbers.append(try $0.integer("n"))
            }
            return numbers
        }
        #expect(numbers == [1, 2, 3])
        await database.close()
    }

    @Test func `a pooler that was not mentioned is named in the error`() async throws {
        // A separate pooler, because its backends are unusable for other tests afterwards.
        let cluster = try await PostgresCluster.shared
        let folder = URL(filePath: cluster.socket).deletingLastPathComponent().path
        let pooler = try await SupervisedServer("postgres-pooler", [folder, "\(cluster.port)"])
        let schema = Notes.newSchema()
        await (try await Notes.open(schema: schema)).close()
        // Each session prepares statements under the same names on the two shared backends.
        var last: SQLError?
        var databases: [PostgresDatabase] = []
        for _ in 0..<6 where last == nil {
            do {
                let database = try await Notes.open(pooler.greeting, schema: schema)
                databases.append(database)
                for _ in 0..<6 { _ = try await Notes.texts(database) }
            } catch let error as SQLError { last = error }
        }
        #expect(last?.message.contains("store.pooler") == true, "\(String(describing: last))")
        for database in databases { await database.close() }
    }

    @Test func `the server behind a pooler is described`() async throws {
        let database = try await open()
        let state = try await database.state(of: ["notes"])
        #expect(state.isPrimary)
        #expect(state.schema == database.pool.options.schema)
        #expect(state.tables.map(\.name) == ["notes"])
        await database.close()
    }
}
