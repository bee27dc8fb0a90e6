import Glibc
import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct LostConnectionTests {
    private func open(_ proxy: TCPProxy, schema: String, connections: Int = 2) async throws -> PostgresDatabase {
        try await Notes.open("postgres://postgres@127.0.0.1:\(proxy.port)/postgres", schema: schema) { options in
            options.connections = connections
            // Only frozen connections wait this long; even a busy machine answers sooner.
            options.silenceSeconds = 10
        }
    }

    struct Loss: CustomTestStringConvertible, Sendable {
        var fate: TCPProxy.Fate
        /// The bytes from the client that trigger the fate.
        var text: String
        var runs: Int
        var testDescription: String { "\(fate) \(text)" }
    }

    @Test(arguments: [
        Loss(fate: .cutBefore, text: "INSERT", runs: 2),
        Loss(fate: .cutAfter, text: "INSERT", runs: 2),
        Loss(fate: .cutBefore, text: "COMMIT", runs: 2),
        Loss(fate: .cutAfter, text: "COMMIT", runs: 1),
        Loss(fate: .freezeBefore, text: "COMMIT", runs: 2),
        Loss(fate: .freezeAfter, text: "COMMIT", runs: 1),
    ])
    func `a write whose connection is lost is made once`(loss: Loss) async throws {
        let schema = Notes.newSchema()
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        let database = try await open(proxy, schema: schema)
        let runs = Runs()
        proxy.set(loss.fate, for: loss.text)
        let value = try await database.write { connection in
            try connection.execute("INSERT INTO notes (text) VALUES ('a')")
            return runs.next()
        }
        #expect(proxy.strikes == 1)
        // A body whose statement was cut did not reach its end.
        #expect(runs.count == (loss.text == "INSERT" ? 1 : loss.runs))
        #expect(value == runs.count)
        #expect(try await Notes.texts(database) == ["a"])
        await database.close()
    }

    @Test func `a server that falls silent in a body is not asked again`() async throws {
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        let database = try await open(proxy, schema: Notes.newSchema())
        proxy.set(.freezeBefore, for: "INSERT")
        let error = await #expect(throws: SQLError.self) { try await Notes.add("a", to: database) }
        #expect(error?.code == .timedOut)
        try await Notes.add("b", to: database)
        #expect(try await Notes.texts(database) == ["b"])
        await database.close()
    }

    @Test func `a connection to a server that answers nothing has an end`() async throws {
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        proxy.freeze()
        let error = await #expect(throws: SQLError.self) {
            try await Notes.open("postgres://postgres@127.0.0.1:\(proxy.port)/postgres") { $0.connectSeconds = 0.5 }
        }
        #expect(error?.code == .unreachable)
    }

    @Test func `a backend that is ended in a body costs a run`() async throws {
        let schema = Notes.newSchema()
        let (database, other) = (try await Notes.open(schema: schema), try await Notes.open(schema: schema))
        let runs = Runs()
        try await database.write { connection in
            try connection.execute("INSERT INTO notes (text) VALUES ('a')")
            let pid = try connection.query("SELECT pg_backend_pid() AS pid")[0].integer("pid")
            if runs.next() == 1 {
                blocking { try await other.write { _ = try $0.query("SELECT pg_terminate_backend(\(pid))") } }
            }
            try connection.execute("UPDATE notes SET amount = 1")
        }
        #expect(runs.count == 2)
        #expect(try await Notes.texts(database) == ["a"])
        for database in [database, other] { await database.close() }
    }

    @Test func `connections that ended while they were idle cost nothing`() async throws {
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        let database = try await open(proxy, schema: Notes.newSchema(), connections: 8)
        let gate = ChangeSignal()
        let arrived = Runs()
        // Eight bodies at the same time, so that there are eight connections.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    try await database.read { connection in
                        _ = try connection.query("SELECT 1 AS one")
                        arrived.next()
                        gate.notify()
                        blocking { await gate.wait { arrived.count >= 8 } }
                    }
                }
            }
            try await group.waitForAll()
        }
        proxy.cut()
        let runs = Runs()
        for number in 0..<8 {
            try await database.write { connection in
                runs.next()
                try connection.execute("INSERT INTO notes (text) VALUES ($1)", [.text("\(number)")])
            }
        }
        #expect(runs.count == 8)
        await database.close()
    }

    @Test func `what was acknowledged under random cuts is there once, and what failed is not`() async throws {
        let schema = Notes.newSchema()
        let proxy = try TCPProxy(to: try await PostgresCluster.shared.socket)
        defer { proxy.close() }
        let database = try await open(proxy, schema: schema, connections: 4)
        let results = try await withThrowingTaskGroup(of: [(String, SQLError?)].self) { group in
            for writer in 0..<4 {
                group.addTask {
                    var results: [(String, SQLError?)] = []
                    for number in 0..<40 {
                        let text = "\(writer)-\(number)"
                        if number % 5 == writer {
                            proxy.set(number.isMultiple(of: 2) ? .cutAfter : .cutBefore, for: "COMMIT")
                        } else if number % 7 == writer {
                            proxy.cut()
                        }
                        do {
                            try await Notes.add(text, to: database)
                            results.append((text, nil))
                        } catch let error as SQLError { results.append((text, error)) }
                    }
                    return results
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(proxy.strikes > 0)
        let there = Set(try await Notes.texts(try await Notes.open(schema: schema)))
        Notes.expectHonest(results, about: Set(there))
        await database.close()
    }
}
