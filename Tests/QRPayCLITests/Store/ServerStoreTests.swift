import Explorer
import FoundationEssentials
import Glibc
import Payments
import PostgresEngine
import SQLKit
import TestSupport
import Testing

/// Commands with a store on a server.
@Suite(.only(.postgres)) struct ServerStoreTests {
    @Test func `the store is made once, and then serves every command`() async throws {
        let server = try await TestStore([]).address
        try await Stage.run { stage async throws in
            let host = stage.host(server)
            for isFirst in [true, false] {
                let run = await stage.qrpay(["store", "migrate", "--json"], environment: host)
                #expect(try run.succeeded().json()["migrated"] == .bool(isFirst))
            }
            let order = try await stage.fill(environment: host)
            let shown = await stage.qrpay(["order", "show", order, "--json"], environment: host)
            #expect(try shown.succeeded().json()["status"] == "CLEARED")
            let receipts = await stage.qrpay(["receipt", "list", "--json"], environment: host)
            #expect(try receipts.succeeded().json().elements.count == 2)
            for command in [
                ["order", "history", order], ["task", "stats"], ["cashback", "show", order], ["restaurant", "list"],
                ["store", "info"], ["store", "check"], ["receipt", "list", order], ["cashback", "audit"],
            ] { try await stage.qrpay(command, environment: host).succeeded() }

            let info = try await stage.qrpay(["store", "info", "--json"], environment: host).succeeded().json()
            #expect(info["engine"] == "postgresql" && info["moved_to"] == .null, "\(info)")
            #expect(info["server"]["is_primary"] == .bool(true))
            #expect(info["keys"][0]["name"] == "deeplink_keys")
            let orders = info["tables"].elements.first { $0["table"] == "orders" }
            #expect(orders?["rows"].number == 2)
        }
    }

    @Test func `the settings of a server come from the file, too`() async throws {
        let server = try await TestStore([]).address
        let config = """
            {"store": {"path": "\(server)", "schema": "own", "pooler": true},
             "deeplink_keys_file": "KEYS", "gateway_key_file": "GATEWAY", "tasks": {"receipt_fetch": {"polls": 3}}}
            """
        try await Stage.run { stage async throws in
            let file = try stage.file(
                "own.json",
                config.replacing("KEYS", with: stage.directory.file("k.json"))
                    .replacing("GATEWAY", with: stage.directory.file("g")))
            let host = ["QRPAY_STORE": "", "QRPAY_CONFIG": file]
            try await stage.qrpay(["store", "migrate"], environment: host).succeeded()
            try await stage.qrpay(
                ["restaurant", "add", "cafe", "--name", "Cafe", "--cashback", "5"], environment: host
            ).succeeded()
            let info = try await stage.qrpay(["store", "info", "--json"], environment: host).succeeded().json()
            #expect(info["server"]["schema"] == "own")
            let settings = try await stage.qrpay(["config", "--json"], environment: host).succeeded().json()
            let values = settings.elements.filter { $0["name"].text?.hasPrefix("store") == true }
            #expect(values.map { $0["name"].text } == ["store", "store.password_file", "store.schema", "store.pooler"])
            #expect(values.map { $0["source"].text } == ["file", "default", "file", "file"])
        }
    }

    @Test func `the doctor looks at the server, the schema and the keys`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            let host = stage.host(server)
            try await stage.fill(environment: host)
            let findings = try await stage.qrpay(["doctor", "--json"], environment: host).json().elements
            func verdict(_ check: String) -> String? { findings.first { $0["check"].text == check }?["verdict"].text }
            for check in [
                "libpq", "store", "server", "encryption", "encoding", "rights", "store clock", "connections",
                "oldest snapshot", "queue rows", "schema", "deeplink keys match",
            ] { #expect(verdict(check) == "ok", "\(check): \(findings)") }
            // The cluster shared by the tests is fast and not durable.
            #expect(verdict("durability") == "failed" && verdict("autovacuum") == "warning")

            let other = await stage.qrpay(["doctor", "--json"], environment: stage.host(server, "b"))
            #expect(other.stdout.contains("this host has none"), "\(other)")
        }
    }

    /// Overrides the time in one database only.
    @Test func `a worker whose clock is far from the store's is refused`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await withSession(server) { database in
            let name = try #require(
                try await database.read { try $0.query("SELECT current_database() AS name").first?.text("name") })
            try await database.write {
                try $0.execute(
                    """
                    CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                    $$ SELECT pg_catalog.clock_timestamp() + interval '40 seconds' $$
                    """)
                try $0.execute("ALTER DATABASE \(name) SET search_path = public, pg_catalog")
            }
        }
        try await Stage.run { stage async throws in
            let host = stage.host(server)
            await stage.qrpay(["work", "--drain", "--json"], environment: host)
                .failed(6, "store_clock_differs", "behind the store's")
            try await stage.qrpay(["order", "list"], environment: host).succeeded()
            let doctor = await stage.qrpay(["doctor", "--json"], environment: host)
            let clock = try doctor.json().elements.first { $0["check"] == "store clock" }
            #expect(clock?["verdict"] == "warning", "\(doctor)")
        }
    }

    @Test func `the demo runs on a server, once`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            let demo = ["demo", "--store", server, "--json"]
            let run = await stage.qrpay(demo, environment: stage.host(server))
            #expect(try run.succeeded().json()["ok"] == .bool(true))
            let orders = await stage.qrpay(["order", "list", "--json"], environment: stage.host(server))
            #expect(try orders.succeeded().json().elements.count == 3)
            await stage.qrpay(demo, environment: stage.host(server)).failed(4, "store_not_empty")
        }
    }

    @Test func `a simulation runs on an empty store of a server`() async throws {
        let server = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            let run = await stage.qrpay(
                ["simulate", "two-guests", "--store", server, "--json"], environment: stage.host(server))
            #expect(try run.succeeded().json()["invariants_broken"].elements.isEmpty)
        }
    }

    /// Several processes on one store: two servers and separate workers.
    @Test func `a poll at one server sees the payment at another`() async throws {
        let store = try await TestStore(Schema.migrations).address
        try await Stage.run { stage async throws in
            let host = stage.host(store)
            try await stage.qrpay(
                ["restaurant", "add", "cafe", "--name", "Cafe", "--cashback", "5"], environment: host
            ).succeeded()
            let made = await stage.qrpay(["restaurant", "key", "cafe", "--json"], environment: host)
            let key = try stage.file("key", try #require(try made.succeeded().json()["key"].text))
            var servers: [(process: ChildProcess, url: String)] = []
            for number in 1...2 {
                let file = stage.directory.file("port\(number)")
                let process = try stage.start(
                    ["serve", "--listen", "127.0.0.1:0", "--port-file", file, "--workers", "0"], environment: host)
                try #require(await process.hasPrinted("\n"), "\(process.complaints)")
                servers.append((process, "http://127.0.0.1:\(try GoldenFile(file).text().dropLast())"))
            }
            let workers = try (1...2).map { _ in try stage.start(["work"], environment: host) }
            func client(_ url: String) -> [String: String] {
                host.merging(
                    ["QRPAY_STORE": "", "QRPAY_SERVER": url, "QRPAY_API_KEY_FILE": key]) { $1 }
            }
            let (first, second) = (client(servers[0].url), client(servers[1].url))
            let created = await stage.qrpay(
                ["preorder", "create", "-", "--json"], input: Stage.bill(), environment: first)
            let order = try created.succeeded().json()
            let (link, id) = (try #require(order["deeplink"].text), try #require(order["order_id"].text))
            // The guest pays at one server while the other one is polled, which answers as soon as the payment is made.
            let payment = ["pay", link, "--uid", "guest", "--method", "card-approve"]
            async let paid = stage.qrpay(payment, environment: first)
            try await until("the other server says PAYED") {
                await stage.qrpay(["order", "status", id, "--json"], environment: second).stdout.contains("PAYED")
            }
            let end = await paid
            try end.succeeded()
            let processes = servers.map(\.process) + workers
            for process in processes { process.send(SIGTERM) }
            for process in processes {
                let end = await process.exit()
                #expect(end.status == 0, "\(end)")
            }
            try await stage.qrpay(["store", "check"], environment: host).succeeded()
        }
    }
}
