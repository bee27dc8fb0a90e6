import Explorer
import FoundationEssentials
import Glibc
import JSONKit
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine
import TestSupport
import Testing

/// `store copy` between a file and a server, in both directions, interrupted at every stage.
@Suite(.only(.postgres)) struct StoreCopyTests {
    /// The complete content of a store, as commands print it.
    private static func content(_ stage: Stage, _ environment: [String: String]) async throws -> [String] {
        var texts: [String] = []
        for command in [
            ["order", "list", "--json"], ["task", "list", "--json", "--state", "done"], ["receipt", "list", "--json"],
            ["restaurant", "list", "--json"], ["cashback", "rules", "--json"],
        ] {
            let run = try await stage.qrpay(command, environment: environment).succeeded()
            // Links are signed again each time.
            texts.append(run.stdout.split(separator: "\n").filter { !$0.contains("\"url\"") }.joined(separator: "\n"))
        }
        return texts
    }

    private static func copy(
        _ stage: Stage, from source: String, to target: String, environment: [String: String] = [:]
    ) async -> CommandRun {
        await stage.qrpay(["store", "copy", "--from", source, "--to", target, "--json"], environment: environment)
    }

    @Test func `a store goes to a server and back`() async throws {
        let server = try await TestStore([]).address
        try await Stage.run { stage async throws in
            let order = try await stage.fill()
            let before = try await Self.content(stage, [:])
            var host = stage.host(server)
            host["QRPAY_DEEPLINK_KEYS_FILE"] = stage.directory.file("deeplink-keys.json")
            host["QRPAY_GATEWAY_KEY_FILE"] = stage.directory.file("gateway-key")

            let there = try await Self.copy(stage, from: stage.store, to: server).succeeded().json()
            #expect(there["already_copied"] == .bool(false))
            #expect(there["rows"].number ?? 0 > 20, "\(there)")
            #expect(try await Self.content(stage, host) == before)

            // The file is refused, and the error names the store's new place.
            await stage.expectFailure(["order", "list"], 6, "store_moved", "to postgres:")
            await stage.expectFailure(["work", "--drain"], 6, "store_moved", "to postgres:")
            let again = try await Self.copy(stage, from: stage.store, to: server).succeeded().json()
            #expect(again["already_copied"] == .bool(true))

            // New rows get new ids.
            let bill = Stage.bill("later")
            try await stage.qrpay(["preorder", "create", "-"], input: bill, environment: host).succeeded()
            try await stage.qrpay(["work", "--drain"], environment: host).succeeded()
            let tasks = try await stage.qrpay(["task", "list", "--json"], environment: host).succeeded().json()
            #expect(Set(tasks.elements.map { $0["task_id"] }).count == tasks.elements.count)

            let after = try await Self.content(stage, host)
            let file = stage.directory.file("back.db")
            try await Self.copy(stage, from: server, to: file, environment: host).succeeded()
            let back = ["QRPAY_STORE": file]
            #expect(try await Self.content(stage, back) == after)
            await stage.qrpay(["order", "list"], environment: host).failed(6, "store_moved", file)
            try await stage.qrpay(["order", "show", order], environment: back).succeeded()
            try await stage.qrpay(["store", "check"], environment: back).succeeded()
        }
    }

    @Test func `a target with other rows is refused, and keeps them`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            try await stage.fill()
            try await stage.fill(environment: stage.host(server))
            let run = await Self.copy(stage, from: stage.store, to: server)
            run.failed(4, "store_not_empty", "the target is not empty")
            try await stage.qrpay("order", "list").succeeded()
            let orders = try await stage.qrpay(["order", "list", "--json"], environment: stage.host(server))
                .succeeded().json()
            #expect(orders.elements.count == 2)
        }
    }

    @Test(arguments: ["x.db", "./x.db"])
    func `nothing is copied onto itself, or from nowhere`(_ name: String) async throws {
        try await Stage.run { stage async throws in
            let file = stage.directory.file("x.db")
            let run = await Self.copy(stage, from: file, to: stage.directory.file(name))
            run.failed(2, "usage", "the same store")
            await Self.copy(stage, from: file, to: stage.directory.file("y.db")).failed(3, "store_not_found", "x.db")
            #expect(!FileManager.default.fileExists(atPath: stage.directory.file("y.db")))
        }
    }

    /// A process opened the store before it was copied.
    @Test func `a moved store takes no writes of anyone, until it is reopened`() async throws {
        let server = try await TestStore([]).address
        try await Stage.run { stage async throws in
            try await stage.fill()
            let file = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            try await Self.copy(stage, from: stage.store, to: server).succeeded()
            let host = stage.host(server)
            for table in ["orders", "tasks", "journal", "restaurants"] {
                await #expect(throws: SQLError.self, "\(table)") {
                    try await file.write { try $0.execute("DELETE FROM \(table)") }
                }
            }
            await file.close()

            let open = try await PostgresDatabase.open(try PostgresOptions(address: server), migrations: nil)
            let back = stage.directory.file("back.db")
            try await Self.copy(stage, from: server, to: back, environment: host).succeeded()
            do {
                try await open.write { try $0.execute("DELETE FROM task_attempts") }
                Issue.record("a moved store was written")
            } catch let error as SQLError { #expect(error.code == .moved && error.message.contains(back)) }
            await open.close()

            let reopened = ["store", "migrate", "--reopen", "--json"]
            for environment in [[:], host] {
                await stage.qrpay(["store", "migrate"], environment: environment).failed(6, "store_moved")
                let run = try await stage.qrpay(reopened, environment: environment).succeeded().json()
                #expect(run["reopened"] == .bool(true))
                try await stage.qrpay(["work", "--drain"], environment: environment).succeeded()
                try await stage.qrpay(["store", "check"], environment: environment).succeeded()
            }
        }
    }

    /// Killed during the copy: the target is empty, and the source is still in use.
    @Test func `a killed copy is finished by another one`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            try await stage.fill()
            let before = try await Self.content(stage, [:])
            try await withSession(server) { database in
                // Each insert blocks here, so the copy is interrupted in the middle.
                try await database.write {
                    try $0.execute(
                        """
                        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$
                        """)
                    try $0.execute("CREATE TRIGGER hold BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION hold()")
                    _ = try $0.query("SELECT pg_advisory_lock(4711)")
                }
                let process = try stage.start(["store", "copy", "--from", stage.store, "--to", server])
                let waiting = "SELECT 1 AS found FROM pg_locks WHERE objid = 4711 AND NOT granted"
                try await until("the copy waits") { try await database.read { try !$0.query(waiting).isEmpty } }
                process.send(SIGKILL)
                _ = await process.exit()
                try await database.write {
                    _ = try $0.query("SELECT pg_advisory_unlock(4711)")
                }
            }
            #expect(try await Self.content(stage, [:]) == before)
            try await withSession(server) { database in
                // The server notices only after the current row.
                let locks = "SELECT 1 AS found FROM pg_locks WHERE objid = 4711"
                try await until("the copy's transaction ends") {
                    try await database.read { try $0.query(locks).isEmpty }
                }
                try await database.write { try $0.execute("DROP TRIGGER hold ON tasks") }
            }
            let host = stage.host(server)
            let empty = try await stage.qrpay(["order", "list", "--json"], environment: host).succeeded().json()
            #expect(empty.elements.isEmpty)

            let copied = try await Self.copy(stage, from: stage.store, to: server).succeeded().json()
            #expect(copied["already_copied"] == .bool(false))
        }
    }

    /// Killed after the target's commit: the target is complete, and the source is not marked.
    @Test func `a copy whose mark is missing is completed`() async throws {
        let server = try await TestStore([]).address
        try await Stage.run { stage async throws in
            try await stage.fill()
            try await Self.copy(stage, from: stage.store, to: server).succeeded()
            try await stage.qrpay("store", "migrate", "--reopen").succeeded()
            let again = try await Self.copy(stage, from: stage.store, to: server).succeeded().json()
            #expect(again["already_copied"] == .bool(true))
            await stage.expectFailure(["order", "list"], 6, "store_moved")

            // After a change on either side, the stores differ.
            try await stage.qrpay("store", "migrate", "--reopen").succeeded()
            _ = try await stage.order(Stage.bill("newer"))
            await Self.copy(stage, from: stage.store, to: server).failed(4, "store_not_empty")
            _ = try await stage.order(Stage.bill("newest"))
        }
    }

    @Test func `a text that a server cannot keep stops the copy`() async throws {
        let server = try await TestStore([]).address
        try await Stage.run { stage async throws in
            try await stage.fill()
            let file = try await SQLiteDatabase.open(.file(path: stage.store), migrations: Schema.migrations)
            try await file.write { try $0.execute("UPDATE restaurants SET name = 'a' || char(0) || 'b'") }
            await file.close()
            await Self.copy(stage, from: stage.store, to: server).failed(6, "store_value_unsupported", "restaurants")
            try await stage.qrpay("order", "list").succeeded()
        }
    }
}
