import Explorer
import FoundationEssentials
import Glibc
import PaymentAPI
import PaymentPartners
import PaymentSandbox
import TestSupport
import Testing

/// Commands that act on a running server as iiko and as the guest's app.
@Suite struct ServerTests {
    /// A server with one restaurant, and the environment variables for its clients.
    private struct Remote: Sendable {
        var stage: Stage
        var url: String
        var environment: [String: String]

        /// Runs the program against the server, without a store.
        func qrpay(_ arguments: String...) async -> CommandRun {
            await stage.qrpay(arguments, environment: environment)
        }

        func deeplink(_ bill: String = Stage.bill()) async throws -> String {
            let run = await stage.qrpay(
                ["preorder", "create", "-", "--json"], input: bill, environment: environment)
            return try #require(try run.succeeded().json()["deeplink"].text)
        }
    }

    private func run(_ body: (Remote) async throws -> Void) async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            let made = await stage.qrpay("restaurant", "key", "cafe", "--json")
            let key = try stage.file("key", "\(try #require(try made.json()["key"].text))\n")
            let port = stage.directory.file("port")
            let server = try stage.start(["serve", "--listen", "127.0.0.1:0", "--port-file", port])
            #expect(await server.hasPrinted("\n"))
            let url = "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())"
            let result: Result<Void, any Error>
            do {
                let remote = Remote(
                    stage: stage, url: url,
                    environment: [
                        "QRPAY_STORE": "", "QRPAY_PARTNERS_URL": "", "QRPAY_SERVER": url, "QRPAY_API_KEY_FILE": key,
                        "QRPAY_GATEWAY_KEY_FILE": stage.directory.file("gateway-key"),
                    ])
                result = .success(try await body(remote))
            } catch { result = .failure(error) }
            server.send(SIGTERM)
            let end = CommandRun(["serve"], await server.exit())
            #expect(end.status == 0 && !end.stderr.contains("hmac="), "\(end)")
            try result.get()
        }
    }

    @Test func `a bill is sent, seen and paid`() async throws {
        try await run { remote async throws in
            let created = await remote.stage.qrpay(
                ["preorder", "create", "-", "--json"], input: Stage.bill(), environment: remote.environment)
            let order = try created.succeeded().json()
            let id = try #require(order["order_id"].text)
            let link = try #require(order["deeplink"].text)
            #expect(order["amount"] == "120.50" && order["client_id"] == "cafe", "\(order)")
            let here = try await remote.stage.preorder()
            #expect(here["order_id"] == .string(id) && here["deeplink"] == .string(link), "the same bill, at the store")
            #expect(Set(order.members.keys) == Set(here.members.keys), "the same fields, wherever they come from")

            let shown = try await remote.qrpay("preorder", "show", link, "--uid", "u", "--json").succeeded().json()
            let shownHere = try await remote.stage.qrpay("preorder", "show", link, "--uid", "u", "--json").json()
            for field in [
                "order_id", "status", "amount", "lines", "cashback", "payment_methods", "restaurant", "deeplink",
            ] {
                #expect(shown[field] == shownHere[field], "\(field)")
            }
            #expect(
                await remote.qrpay("preorder", "show", link, "--uid", "u").stdout
                    == remote.stage.qrpay("preorder", "show", link, "--uid", "u").stdout)

            let paid = try await remote.qrpay("pay", link, "--uid", "u", "--method", "card-approve", "--json")
                .succeeded().json()
            #expect(paid["status"] == "CLEARED" && paid["guest_status"] == "PAYED" && paid["uid"] == "u", "\(paid)")
            for order in [id, link] {
                let status = try await remote.qrpay("order", "status", order, "--json").succeeded().json()
                #expect(status["iiko_status"] == "PAYED" && status["order_id"] == .string(id), "\(status)")
            }
            try await remote.qrpay("pay", link, "--uid", "u", "--method", "card-approve").succeeded()
            let invoices = try await remote.stage.partners().invoices
            #expect(invoices.map(\.captured) == ["120.50"], "paid once")
        }
    }

    @Test func `the statuses are the local ones`() async throws {
        try await run { remote async throws in
            let link = try await remote.deeplink()
            let declined = await remote.qrpay("pay", link, "--uid", "a", "--method", "card-decline")
            #expect(declined.status == 1 && declined.value("status") == "HOLD_FAILED", "\(declined)")
            #expect(declined.stderr.contains("(payment_declined)"))
            await remote.qrpay("pay", link, "--uid", "b", "--method", "card-3ds", "--timeout", "100ms")
                .failed(8, "still_pending", "not decided yet")
            let held = try await remote.qrpay("pay", link, "--uid", "b", "--method", "card-3ds", "--no-wait", "--json")
                .succeeded().json()
            #expect(held["status"] == "HOLDING" && held["guest_status"] == "WAITING", "\(held)")
            let taken = ["pay", link, "--uid", "c", "--method", "card-approve"]
            await remote.stage.expectFailure(taken, 4, "order_taken", environment: remote.environment)
            let second = try await remote.deeplink(Stage.bill("b-2"))
            _ = try await remote.deeplink(Stage.bill("b-2", amount: "99.00"))
            let stale = ["pay", second, "--uid", "c", "--method", "card-approve", "--bill-version", "1"]
            await remote.stage.expectFailure(stale, 4, "stale_bill", environment: remote.environment)
            let tampered = second.hasSuffix("0") ? second.dropLast() + "1" : second.dropLast() + "0"
            for command in [["preorder", "show"], ["pay", "--method", "card-approve"]] {
                await remote.stage.expectFailure(
                    command + [String(tampered), "--uid", "c"], 7, "bad_deeplink", environment: remote.environment)
            }
            await remote.stage.expectFailure(
                ["order", "status", "nobody"], 3, "order_not_found", "nobody", environment: remote.environment)
        }
    }

    @Test func `unauthorized callers are refused`() async throws {
        try await run { remote async throws in
            let link = try await remote.deeplink()
            let wrong = "x-wrong-key-of-thirty-two-characters"
            let wrongFile = try remote.stage.file("wrong", wrong)
            let (status, show) = (["order", "status", "x"], ["preorder", "show", link, "--uid", "u"])
            let cases: [(String, [String], [String: String], Int32, String)] = [
                ("no API key", status, ["QRPAY_API_KEY_FILE": ""], 7, "key_missing"),
                ("a wrong API key", status, ["QRPAY_API_KEY_FILE": "", "QRPAY_API_KEY": wrong], 7, "unauthorized"),
                ("an API key in no file", status, ["QRPAY_API_KEY_FILE": "/no/such"], 3, "file_not_found"),
                (
                    "no API key at all", status, ["QRPAY_API_KEY_FILE": try remote.stage.file("empty", "\n")], 2,
                    "bad_api_key"
                ),
                ("no gateway's key", show, ["QRPAY_GATEWAY_KEY_FILE": "/no/such"], 7, "key_missing"),
                ("a wrong gateway's key", show, ["QRPAY_GATEWAY_KEY_FILE": wrongFile], 7, "unauthorized"),
                (
                    "one of the environment", show, ["QRPAY_GATEWAY_KEY_FILE": "", "QRPAY_GATEWAY_KEY": wrong], 7,
                    "unauthorized"
                ),
                ("the sandbox", show, ["QRPAY_SERVER": remote.stage.partnersURL], 5, "not_a_server"),
                ("no server there", status, ["QRPAY_SERVER": "http://127.0.0.1:1"], 5, "server_unreachable"),
                ("no address", status, ["QRPAY_SERVER": "127.0.0.1:1"], 2, "usage"),
            ]
            for (name, arguments, environment, exit, code) in cases {
                let run = await remote.stage.qrpay(
                    arguments + ["--json"], environment: remote.environment.merging(environment) { $1 })
                run.failed(exit, code)
                #expect(!run.stderr.contains(wrong), "\(name): a secret is printed\n\(run)")
            }
            for (name, value) in [("--store", "x.db"), ("--partners", remote.stage.partnersURL)] {
                await remote.stage.expectFailure(
                    status + [name, value], 2, "usage", "\(name) cannot be used with a server",
                    environment: remote.environment)
            }
            await remote.stage.expectFailure(
                ["pay", "an-id", "--uid", "u", "--method", "m"], 2, "usage", "must be the deeplink",
                environment: remote.environment)
            await remote.stage.expectFailure(["order", "list", "--server", remote.url], 2, "usage", "--server")
        }
    }
}
