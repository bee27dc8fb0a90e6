import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresInspectionTests {
    @Test func `a server describes itself`() async throws {
        let cluster = try await PostgresCluster()
        let database = try await Notes.open(cluster.address)
        for number in 0..<10 { try await Notes.add("\(number)", to: database) }
        let state = try await database.state(of: ["notes", "missing"])
        #expect(state.address.hasPrefix("postgres://postgres@/postgres?host="))
        #expect(state.libraryVersion >= 130_000)
        #expect(state.serverVersion >= 130_000)
        #expect(state.serverVersionName.hasPrefix("\(state.serverVersion / 10_000)"))
        #expect(state.isPrimary)
        #expect(state.isSocket)
        #expect(state.encryption == nil)
        #expect(state.fsync && state.fullPageWrites && state.isAutovacuumOn)
        #expect(state.synchronousCommit == "on")
        #expect(state.encoding == "UTF8")
        #expect(state.collation == "C")
        #expect((1...state.connectionLimit).contains(state.connectionsUsed))
        // scripts/postgres-cluster allows 300, of which the server reserves 3 for superusers.
        #expect(state.connectionLimit == 297)
        #expect(state.database == "postgres" && state.user == "postgres")
        #expect(state.schema == database.pool.options.schema)
        #expect(state.mayUseSchema && state.mayCreateInSchema && state.forbiddenTables.isEmpty)
        #expect(state.tables.map(\.name) == ["notes"])
        #expect(state.tables[0].bytes > 0)
        #expect(abs(state.clockOffsetSeconds) < 60)
        #expect(state.systemIdentifier?.isEmpty == false)
        await database.close()
    }

    @Test func `the oldest snapshot is named with its holder`() async throws {
        let cluster = try await PostgresCluster()
        let database = try await Notes.open(cluster.address)
        let other = try await Notes.open(cluster.address + "&application_name=report")
        try await other.read { connection in
            _ = try connection.query("SELECT 1 AS one")
            let pid = try connection.query("SELECT pg_backend_pid() AS pid")[0].integer("pid")
            blocking {
                for number in 0..<3 { try await Notes.add("\(number)", to: database) }
                let oldest = try await database.state().oldestSnapshot
                #expect(oldest?.holder == "backend")
                #expect(oldest?.application == "report")
                #expect(oldest?.pid.map(Int64.init) == pid)
                #expect(oldest.map(\.ageTransactions) == 3)
                #expect(oldest?.ageSeconds.map { $0 >= 0 } == true)
            }
        }
        for database in [database, other] { await database.close() }
    }

    @Test func `what a user may not do is said`() async throws {
        let cluster = try await PostgresCluster()
        await (try await Notes.open(cluster.address, schema: "notes")).close()
        for statement in [
            "CREATE USER reader", "GRANT USAGE ON SCHEMA notes TO reader",
            "GRANT SELECT ON ALL TABLES IN SCHEMA notes TO reader",
        ] {
            try await cluster.run(statement)
        }
        let database = try await Notes.open(
            cluster.address.replacing("user=postgres", with: "user=reader"), schema: "notes")
        let state = try await database.state()
        #expect(state.mayUseSchema && !state.mayCreateInSchema)
        #expect(state.forbiddenTables == ["notes", "schema_migrations"])
        let error = await #expect(throws: SQLError.self) { try await Notes.add("a", to: database) }
        #expect(error?.code == .denied)
        await database.close()
    }
}
