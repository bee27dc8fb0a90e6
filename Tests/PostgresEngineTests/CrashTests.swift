import Glibc
import SQLKit
import Synchronization
import TestSupport
import Testing

@testable import PostgresEngine

/// Collects transaction IDs.
private final class Numbers: Sendable {
    private let numbers = Mutex<[String]>([])

    var all: [String] { numbers.withLock { $0 } }

    func add(_ number: String) { numbers.withLock { $0.append(number) } }
}

/// Servers that are killed; each test has a separate one.
@Suite(.serialized) struct CrashTests {
    private func open(_ proxy: TCPProxy, _ other: UInt16? = nil) async throws -> PostgresDatabase {
        let hosts = ([proxy.port] + (other.map { [$0] } ?? [])).map { "127.0.0.1:\($0)" }.joined(separator: ",")
        return try await Notes.open("postgres://postgres@\(hosts)/postgres", schema: "notes") { $0.connections = 2 }
    }

    @Test(arguments: [
        (TCPProxy.Fate.freezeBefore, 2, true), (.freezeAfter, 1, true), (.freezeBefore, 2, false),
        (.freezeAfter, 1, false),
    ])
    func `a commit during which the server ends is made once`(
        fate: TCPProxy.Fate, runs: Int, isCrash: Bool
    ) async throws {
        let cluster = try await PostgresCluster()
        let proxy = try TCPProxy(to: cluster.socket)
        defer { proxy.close() }
        let database = try await open(proxy)
        let bodies = Runs()
        proxy.set(fate, for: "COMMIT")
        let written = Task {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                bodies.next()
            }
        }
        await proxy.changes.wait { proxy.strikes == 1 }
        if fate == .freezeAfter {
            // The commit is durable before the server is killed.
            let witness = try await Notes.open(cluster.address, schema: "notes")
            while try await Notes.texts(witness).isEmpty { await Task.yield() }
            await witness.close()
        }
        if isCrash { try await cluster.kill() } else { try await cluster.stop() }
        proxy.cut()
        try await cluster.start()
        do { try await written.value } catch let error as SQLError {
            // The commit succeeded on a server that could not be watched without a gap.
            #expect(error.code == .outcomeUnknown && fate == .freezeAfter)
        }
        #expect(bodies.count == runs)
        #expect(try await Notes.texts(database) == ["a"])
        await database.close()
    }

    @Test func `a number that a server gives again after a crash is not taken for the first transaction's`()
        async throws
    {
        let cluster = try await PostgresCluster()
        let proxy = try TCPProxy(to: cluster.socket)
        defer { proxy.close() }
        // Keeps the server from writing any of the transaction before its commit.
        try await cluster.run("ALTER SYSTEM SET wal_writer_delay = '10s'")
        try await cluster.run("SELECT pg_reload_conf()")
        let database = try await open(proxy)
        let numbers = Numbers()
        proxy.set(.freezeBefore, for: "COMMIT")
        let lost = Task {
            try await database.write { connection in
                numbers.add(try connection.query("SELECT pg_current_xact_id()::text AS number")[0].text("number"))
                try connection.execute("INSERT INTO notes (text) VALUES ('lost')")
            }
        }
        await proxy.changes.wait { proxy.strikes == 1 }
        try await cluster.kill()
        try await cluster.start()
        // Others commit until the ID has been assigned again; only then is the outcome looked up.
        let witness = try await Notes.open(cluster.address, schema: "notes")
        let first = try #require(numbers.all.first.flatMap(Int64.init))
        var number: Int64 = 0
        while number < first {
            number = try await witness.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES (gen_random_uuid()::text)")
                return Int64(try connection.query("SELECT pg_current_xact_id()::text AS number")[0].text("number")) ?? 0
            }
        }
        #expect(number == first, "the number was not given again")
        proxy.cut()
        try await lost.value
        #expect(numbers.all.count == 2)
        #expect(try await Notes.texts(database).contains("lost"))
        for database in [database, witness] { await database.close() }
    }

    @Test func `statistics that were reset prove no crash`() async throws {
        let cluster = try await PostgresCluster()
        let proxy = try TCPProxy(to: cluster.socket)
        defer { proxy.close() }
        let database = try await open(proxy)
        let bodies = Runs()
        proxy.set(.freezeAfter, for: "COMMIT")
        let lost = Task {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                bodies.next()
            }
        }
        await proxy.changes.wait { proxy.strikes == 1 }
        try await cluster.run("SELECT pg_stat_reset_shared('bgwriter')")
        proxy.cut()
        // The commit succeeded and is not repeated.
        let error = await #expect(throws: SQLError.self) { try await lost.value }
        #expect(error?.code == .outcomeUnknown)
        #expect(bodies.count == 1)
        #expect(try await Notes.texts(database) == ["a"])
        await database.close()
    }

    @Test func `what was acknowledged by a server that is killed again and again is there once`() async throws {
        let cluster = try await PostgresCluster()
        let database = try await Notes.open(cluster.address, schema: "notes") { $0.connections = 4 }
        let (acknowledged, isOver) = (Runs(), Runs())
        let writers = (0..<4).map { writer in
            Task {
                var results: [(String, SQLError?)] = []
                while isOver.count == 0 {
                    let text = "\(writer)-\(results.count)"
                    do {
                        try await Notes.add(text, to: database)
                        results.append((text, nil))
                        acknowledged.next()
                    } catch let error as SQLError { results.append((text, error)) }
                }
                return results
            }
        }
        for _ in 0..<3 {
            let before = acknowledged.count
            while acknowledged.count < before + 50 { await Task.yield() }
            try await cluster.kill()
            try await cluster.start()
        }
        isOver.next()
        var results: [(String, SQLError?)] = []
        for writer in writers { results += try await writer.value }
        let there = try await Notes.texts(database)
        #expect(Set(there).count == there.count)
        Notes.expectHonest(results, about: Set(there))
        await database.close()
    }

    @Test func `a backend that is killed in a body costs a run`() async throws {
        let cluster = try await PostgresCluster()
        let database = try await Notes.open(cluster.address, schema: "notes")
        let runs = Runs()
        // When one backend is killed, the server ends all of them and recovers; meanwhile it refuses connections.
        try await patiently {
            try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES ('a')")
                let pid = try connection.query("SELECT pg_backend_pid() AS pid")[0].integer("pid")
                if runs.next() == 1 { kill(pid_t(pid), SIGKILL) }
                try connection.execute("UPDATE notes SET amount = 1")
            }
        }
        #expect(runs.count >= 2)
        #expect(try await Notes.texts(database) == ["a"])
        await database.close()
    }

    /// Retries `body` until the server has recovered.
    private func patiently(_ body: () async throws -> Void) async throws {
        for _ in 0..<2000 {
            do { return try await body() } catch let error as SQLError where error.code == .unreachable {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        try await body()
    }

    @Test func `a standby that takes over leaves a commit unknown, and takes the next one`() async throws {
        let primary = try await PostgresCluster()
        let proxy = try TCPProxy(to: primary.socket)
        defer { proxy.close() }
        let first = try await open(proxy)
        try await Notes.add("before", to: first)
        await first.close()
        let standby = try await PostgresCluster(following: primary)
        let other = try TCPProxy(to: standby.socket)
        defer { other.close() }

        let refused = await #expect(throws: SQLError.self) { try await open(other) }
        #expect(refused?.code == .standby)

        let database = try await open(other, proxy.port)
        proxy.set(.freezeBefore, for: "COMMIT")
        let lost = Task { try await Notes.add("lost", to: database) }
        await proxy.changes.wait { proxy.strikes == 1 }
        try await primary.kill()
        proxy.cut()
        try await standby.promote()
        let error = await #expect(throws: SQLError.self) { try await lost.value }
        #expect(error?.code == .outcomeUnknown)
        try await Notes.add("after", to: database)
        #expect(try await Notes.texts(database) == ["before", "after"])
        await database.close()
    }

    @Test func `a primary that is demoted is left for the new one`() async throws {
        let primary = try await PostgresCluster()
        let proxy = try TCPProxy(to: primary.socket)
        defer { proxy.close() }
        await (try await open(proxy)).close()
        let standby = try await PostgresCluster(following: primary)
        let other = try TCPProxy(to: standby.socket)
        defer { other.close() }
        let database = try await open(proxy, other.port)
        try await Notes.add("before", to: database)
        try await standby.promote()
        // The connection to the demoted server stays open.
        try await primary.run("ALTER SYSTEM SET default_transaction_read_only = on")
        try await primary.run("SELECT pg_reload_conf()")
        let witness = try PostgresConnector(
            try PostgresOptions(address: primary.address + "&target_session_attrs=any"), waker: PostgresWaker())
        while try !witness.connect().facts.isReadOnly { await Task.yield() }
        try await Notes.add("after", to: database)
        let there = try await Notes.open(standby.address, schema: "notes")
        #expect(try await Notes.texts(there).last == "after")
        for database in [database, there] { await database.close() }
    }

    @Test func `another cluster at the same address is not written to`() async throws {
        let (one, two) = (try await PostgresCluster(), try await PostgresCluster())
        let proxy = try TCPProxy(to: one.socket)
        defer { proxy.close() }
        await (try await Notes.open(two.address, schema: "notes")).close()
        let database = try await open(proxy)
        try await Notes.add("a", to: database)
        proxy.move(to: two.socket)
        proxy.cut()
        let error = await #expect(throws: SQLError.self) { try await Notes.add("b", to: database) }
        #expect(error?.code == .replaced)
        await database.close()
    }
}
