import Explorer
import FoundationEssentials
import Glibc
import HTTPKit
import JSONKit
import PaymentAPI
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// `serve`: the API of both services, in a process that shares its store with others.
@Suite struct ServeTests {
    /// A running server.
    private struct Server: Sendable {
        var process: ChildProcess
        var url: String
    }

    private func start(
        _ arguments: [String] = [], on stage: Stage, environment: [String: String] = [:]
    ) async throws -> Server {
        let port = stage.directory.file("serve-port")
        let words = ["serve", "--listen", "127.0.0.1:0", "--port-file", port] + arguments
        let process = try stage.start(words, environment: environment)
        let isReady = await process.hasPrinted("\n")
        if !isReady { Issue.record("\(CommandRun(words, await process.exit(timeoutSeconds: 0)))") }
        let number = try GoldenFile(port).text().dropLast()
        return Server(process: process, url: "http://127.0.0.1:\(number)")
    }

    private func post(_ body: String, to url: String, key: String?, on stage: Stage) async throws -> (Int, JSON) {
        var headers = HTTPHeaders([("Content-Type", "application/json")])
        headers["X-API-Key"] = key
        let answer = try await stage.transport.send(
            HTTPRequest(method: "POST", url: url, headers: headers, body: Array(body.utf8)))
        return (answer.status, try JSON(String(decoding: answer.body, as: UTF8.self)))
    }

    @Test func `iiko's order is paid by another process`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let made = await stage.qrpay("restaurant", "key", "cafe", "--json")
            let key = try #require(try made.succeeded().json()["key"].text)
            let server = try await start(on: stage)

            let (status, order) = try await post(Stage.bill(), to: "\(server.url)/orders", key: key, on: stage)
            #expect(status == 200, "\(order)")
            let id = try #require(order["order_id"].text)
            let link = order["bill_lines"].elements.first { $0["type"] == "qr-code" }?["value"].text
            try await stage.qrpay("pay", try #require(link), "--uid", "u", "--method", "card-approve", "--no-wait")
                .succeeded()

            // The server's workers find tasks staged by another process.
            try await stage.untilPartners { $0.invoices.contains { $0.captured == "120.50" } }
            try await stage.untilPartners { $0.cashbackEntries.count == 1 && $0.objects.count == 1 }
            let question = #"{"client_id": "cafe", "orders": ["\#(id)", "nobody"]}"#
            let (_, list) = try await post(question, to: "\(server.url)/orders/list", key: key, on: stage)
            #expect(list["orders"].elements.map { $0["status"] } == ["PAYED", "NOT_FOUND"], "\(list)")
            let (refused, _) = try await post(question, to: "\(server.url)/orders/list", key: "wrong", on: stage)
            #expect(refused == 401 || refused == 403)

            server.process.send(SIGTERM)
            let run = CommandRun(["serve"], await server.process.exit())
            #expect(run.status == 0, "\(run)")
            let logged = try run.stderr.split(separator: "\n").map { try JSON(String($0)) }
            #expect(logged.count >= 3, "each request is a line\n\(run)")
            #expect(!run.stderr.contains(key) && !(run.stdout + run.stderr).contains("hmac="), "no secret is logged")
            try await stage.expectPaidOnce(id)
        }
    }

    @Test func `a killed server loses nothing`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let server = try await start(["--workers", "0", "--quiet"], on: stage)
            let id = try await stage.order()
            try await stage.qrpay("pay", id, "--uid", "u", "--method", "card-approve", "--no-wait").succeeded()
            server.process.send(SIGKILL)
            #expect(await server.process.exit().status == 137)
            let next = try await start(["--quiet"], on: stage)
            try await stage.untilPartners { $0.cashbackEntries.count == 1 && $0.objects.count == 1 }
            next.process.send(SIGINT)
            let run = CommandRun(["serve", "--quiet"], await next.process.exit())
            #expect(run.status == 0, "\(run)")
            try await stage.expectPaidOnce(id)
        }
    }

    enum Loss: String, CaseIterable {
        case deleted, replaced
        case directoryMoved = "its directory moved"
        case logDeleted = "its log deleted"

        func make(_ path: String, _ folder: String) async throws {
            switch self {
            case .deleted: try #require(unlink(path) == 0)
            case .replaced:
                try FileManager.default.copyItem(atPath: path, toPath: "\(path).copy")
                try #require(rename("\(path).copy", path) == 0)
            case .directoryMoved: try #require(rename(folder, "\(folder).away") == 0)
            case .logDeleted: try #require(unlink("\(path)-wal") == 0)
            }
        }
    }

    /// A request is never acknowledged if its effect would be lost.
    @Test(arguments: Loss.allCases)
    func `a server whose store is gone takes nothing and says so`(_ loss: Loss) async throws {
        try await Stage.run { stage async throws in
            let folder = stage.directory.file("stores")
            let path = "\(folder)/qrpay.db"
            let keys = ["QRPAY_STORE": path, "QRPAY_DEEPLINK_KEYS_FILE": stage.directory.file("keys.json")]
            try await stage.qrpay(["restaurant", "add", "cafe", "--name", "x"], environment: keys).succeeded()
            let made = await stage.qrpay(["restaurant", "key", "cafe", "--json"], environment: keys)
            let key = try #require(try made.succeeded().json()["key"].text)
            let server = try await start(["--quiet", "--workers", "0"], on: stage, environment: keys)
            let orders = "\(server.url)/orders"
            let (_, order) = try await post(Stage.bill("b-1"), to: orders, key: key, on: stage)
            let id = try #require(order["order_id"].text)
            let pay = ["pay", id, "--uid", "u", "--method", "card-approve", "--no-wait"]
            try await stage.qrpay(pay, environment: keys).succeeded()
            let worker = try stage.start(["work"], environment: keys)
            try await stage.untilPartners {
                $0.cashbackEntries.isEmpty && $0.invoices.contains { $0.captured == "120.50" }
            }

            try await loss.make(path, folder)
            let (status, answer) = try await post(Stage.bill("b-2"), to: orders, key: key, on: stage)
            #expect(status == 503 && answer["code"] == "store_replaced", "\(answer)")
            #expect(answer["message"] == "the store is unavailable", "not to be asked of another store")
            let health = try await stage.transport.send(HTTPRequest(method: "GET", url: "\(server.url)/healthz"))
            #expect(health.status == 503, "\(String(decoding: health.body, as: UTF8.self))")
            let ended = CommandRun(["work"], await worker.exit())
            #expect(ended.status == 6 && ended.stderr.contains("(store_replaced)"), "\(ended)")
            server.process.send(SIGTERM)
            let run = CommandRun(["serve"], await server.process.exit())
            #expect(run.status == 6 && run.stderr.contains("(store_replaced)"), "\(run)")
        }
    }

    @Test func `invalid serve options are refused`() async throws {
        try await Stage.run { stage async throws in
            let taken = String(stage.partnersURL.dropFirst("http://".count))
            await stage.expectFailure(["serve", "--listen", taken], 4, "address_in_use", taken)
            await stage.expectFailure(["serve", "--listen", "x"], 2, "usage", "--listen 'x'")
            await stage.expectFailure(["serve", "--workers", "257"], 2, "usage", "--workers '257'")
            await stage.expectFailure(
                ["serve", "--listen", "127.0.0.1:0", "--port-file", "/proc/x/port"], 2, "cannot_write", "/proc/x/port")
            let keys = try stage.file("gateway", "short\n")
            let config = try stage.file("gateway.json", #"{"gateway_key_file": "\#(keys)"}"#)
            await stage.expectFailure(["serve", "--config", config], 2, "bad_gateway_key", keys)
        }
    }
}
