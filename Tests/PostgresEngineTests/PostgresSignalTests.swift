import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresSignalTests {
    @Test func `a signal wakes those who wait in other programs`() async throws {
        let schema = Notes.newSchema()
        let (one, two) = (try await Notes.open(schema: schema), try await Notes.open(schema: schema))
        var signals = try #require(two.signals("tasks")).makeAsyncIterator()
        // The first element means that the session now listens.
        await signals.next()
        for _ in 0..<3 {
            one.signal("tasks")
            await signals.next()
        }
        for database in [one, two] { await database.close() }
        #expect(await signals.next() == nil)
    }

    @Test func `a signal wakes those who wait in the same program at once`() async throws {
        let database = try await Notes.open()
        var signals = try #require(database.signals("tasks")).makeAsyncIterator()
        database.signal("tasks")
        await signals.next()
        await database.close()
    }

    @Test func `a channel has any name, and is one of its schema`() async throws {
        let options = try PostgresOptions(address: "postgres:///b")
        let long = String(repeating: "channel ", count: 20)
        let names = ["one", "two"].flatMap { schema in
            ["tasks", "outbox", long + "1", long + "2"].map { PostgresNotifier(options, schema: schema).name(of: $0) }
        }
        #expect(Set(names).count == 8)
        #expect(names.allSatisfy { $0.utf8.count <= 63 })

        let database = try await Notes.open()
        let other = try await Notes.open(schema: database.pool.options.schema ?? "")
        for channel in ["a \"quoted\" name", long] {
            var signals = try #require(database.signals(channel)).makeAsyncIterator()
            await signals.next()
            other.signal(channel)
            await signals.next()
        }
        for database in [database, other] { await database.close() }
    }

    @Test func `a listener whose connection is lost connects anew`() async throws {
        let schema = Notes.newSchema()
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        let one = try await Notes.open(schema: schema)
        let two = try await Notes.open("postgres://postgres@127.0.0.1:\(proxy.port)/postgres", schema: schema)
        var signals = try #require(two.signals("tasks")).makeAsyncIterator()
        await signals.next()
        proxy.cut()
        // Signals sent in between may have been missed.
        await signals.next()
        one.signal("tasks")
        await signals.next()
        for database in [one, two] { await database.close() }
    }

    @Test func `signals hold no transaction open`() async throws {
        let database = try await Notes.open()
        var signals = try #require(database.signals("tasks")).makeAsyncIterator()
        await signals.next()
        let rows = try await database.read {
            try $0.query(
                """
                SELECT state, backend_xmin::text AS xmin FROM pg_stat_activity
                WHERE query LIKE 'LISTEN "qrpay.' || current_schema() || '%'
                """)
        }
        #expect(try rows.map { try $0.text("state") } == ["idle"])
        #expect(try rows.map { try $0.optionalText("xmin") } == [nil])
        await database.close()
    }
}
