import FoundationEssentials
import Glibc
import HTTPKit
import JSONKit
import OrderingCore
import TestSupport
import Testing

@testable import QRPayCLI

/// `ordering serve` as the built program: all services in one process, and each in one of its own.
@Suite(.timeLimit(.minutes(10))) struct OrderingServeTests {
    /// A running process, and where it listens.
    private struct Server: Sendable {
        var process: ChildProcess
        var url: String
    }

    private static func start(_ stage: Stage, _ name: String, _ arguments: [String]) async throws -> Server {
        let port = stage.directory.file("port-\(name)")
        unlink(port)
        let words = ["ordering", "serve", "--listen", "127.0.0.1:0", "--port-file", port] + arguments
        let process = try stage.start(words)
        if await !process.hasPrinted("\n", timeoutSeconds: 120) {
            Issue.record("\(CommandRun(words, await process.exit(timeoutSeconds: 0)))")
        }
        return Server(process: process, url: "http://127.0.0.1:\(try GoldenFile(port).text().dropLast())")
    }

    private static func stop(_ server: Server) async -> CommandRun {
        server.process.send(SIGTERM)
        let run = CommandRun(["ordering", "serve"], await server.process.exit(timeoutSeconds: 120))
        #expect(run.status == 0, "\(run)")
        return run
    }

    private static func send(
        _ stage: Stage, _ method: String, _ url: String, _ body: String? = nil, token: String? = nil,
        key: String? = nil
    ) async throws -> (status: Int, json: JSON, headers: HTTPHeaders) {
        var headers = HTTPHeaders()
        headers["Authorization"] = token.map { "Bearer \($0)" }
        headers["Idempotency-Key"] = key
        let response = try await stage.transport.send(
            HTTPRequest(
                method: method, url: url, headers: headers, body: body.map { Array($0.utf8) } ?? [],
                timeoutSeconds: 120))
        let text = String(decoding: response.body, as: UTF8.self)
        return (response.status, text.isEmpty ? [:] : try JSON(text), response.headers)
    }

    /// Registers, logs in and deposits.
    /// - Returns: the token.
    private static func user(_ stage: Stage, _ url: String, deposit: String) async throws -> String {
        let credentials = #"{"email": "pavel@example.com", "password": "correct horse"}"#
        let registered = try await send(stage, "POST", "\(url)/api/v1/identity/register", credentials)
        try #require(registered.status == 201, "\(registered.json)")
        let session = try await send(stage, "POST", "\(url)/api/v1/identity/login", credentials)
        let token = try #require(session.json["accessToken"].text)
        while true {
            let answer = try await send(
                stage, "POST", "\(url)/api/v1/billing/account/deposit", #"{"amount": \#(deposit)}"#, token: token,
                key: "first")
            if answer.status == 204 { return token }
            try #require([503, 504].contains(answer.status), "\(answer.json)")
        }
    }

    private static func outcome(_ stage: Stage, _ url: String, _ id: String, token: String) async throws -> String? {
        while true {
            let answer = try await send(
                stage, "GET", "\(url)/api/v1/ordering/orders/\(id)?wait=60", token: token)
            if answer.status == 200, answer.json["status"] != "pending" { return answer.json["status"].text }
            try #require([200, 503].contains(answer.status), "\(answer.json)")
        }
    }

    @Test func `one process serves everything, and stops in order`() async throws {
        try await Stage.run { stage async throws in
            let server = try await Self.start(stage, "all", [])
            let token = try await Self.user(stage, server.url, deposit: "100")
            let ordered = try await Self.send(
                stage, "POST", "\(server.url)/api/v1/ordering/orders", #"{"price": 10}"#, token: token)
            #expect(ordered.status == 202, "\(ordered.json)")
            let id = try #require(ordered.json["id"].text)
            #expect(try await Self.outcome(stage, server.url, id, token: token) == "succeeded")
            let correlation = try #require(ordered.headers["X-Correlation-Id"])
            #expect(try await Self.send(stage, "GET", "\(server.url)/healthz").json == ["status": "ok"])
            let metrics = try await stage.transport.send(HTTPRequest(url: "\(server.url)/metrics"))
            let text = String(decoding: metrics.body, as: UTF8.self)
            #expect(text.contains(#"qrpay_http_request_seconds_count{method="POST",route="/api/v1/ordering/orders""#))
            #expect(text.contains(#"qrpay_ordering_tasks{service="billing""#))
            let run = await Self.stop(server)
            let lines = try run.stderr.split(separator: "\n").map { try JSON(String($0)) }
            #expect(lines.contains { $0["correlation_id"].text == correlation && $0["event"] == "request" }, "\(run)")
            #expect(!run.stderr.contains(token) && !run.stderr.contains("correct horse"), "no secret is logged")

            // What the server has done is there for commands, and for the next server.
            let list = try await stage.qrpay(
                "ordering", "order", "list", "--user", "pavel@example.com", "--json"
            ).succeeded().json().elements
            #expect(list.map { $0["status"] } == ["succeeded"] && list.map { $0["price"] } == ["10.00"])
            let next = try await Self.start(stage, "next", ["--quiet"])
            #expect(try await Self.outcome(stage, next.url, id, token: token) == "succeeded")
            _ = await Self.stop(next)
        }
    }

    @Test(arguments: [StyleName.http, .events, .hybrid])
    func `each service in a process of its own, one of them killed and started again`(
        _ style: StyleName
    ) async throws {
        try await Stage.run { stage async throws in
            var servers: [ServiceName: Server] = [:]
            let words: @Sendable (ServiceName) -> [String] = { service in
                ["--style", style.rawValue, "--only", service.rawValue, "--answer-within", "1s"]
            }
            for service in ServiceName.allCases {
                servers[service] = try await Self.start(stage, service.rawValue, words(service))
            }
            let url = try #require(servers[.gateway]).url
            let token = try await Self.user(stage, url, deposit: "100")
            let path = "\(url)/api/v1/ordering/orders"
            let first = try await Self.send(stage, "POST", path, #"{"price": 10}"#, token: token, key: "a")
            let id = try #require(first.json["id"].text, "\(first.json)")
            #expect(try await Self.outcome(stage, url, id, token: token) == "succeeded")

            let billing = try #require(servers[.billing])
            billing.process.send(SIGKILL)
            #expect(await billing.process.exit().status == 137)
            // The order is accepted, and its outcome is not known while billing is down.
            let second = try await Self.send(stage, "POST", path, #"{"price": 20}"#, token: token, key: "b")
            #expect(second.status == 202, "\(second.json)")
            let pending = try #require(second.json["id"].text)
            let seen = try await Self.send(stage, "GET", "\(path)/\(pending)", token: token)
            #expect(seen.json["status"] == "pending", "\(seen.json)")
            servers[.billing] = try await Self.start(stage, "billing", words(.billing))
            #expect(try await Self.outcome(stage, url, pending, token: token) == "succeeded")
            let again = try await Self.send(stage, "POST", path, #"{"price": 20}"#, token: token, key: "b")
            #expect(again.json["id"].text == pending)
            while true {
                let account = try await Self.send(stage, "GET", "\(url)/api/v1/billing/account", token: token)
                guard account.status == 200 else { continue }
                #expect(account.json["balance"] == .number(70))
                break
            }
            for service in ServiceName.allCases { _ = await Self.stop(try #require(servers[service])) }
        }
    }

    @Test func `a style is not changed while its work is unfinished`() async throws {
        try await Stage.run { stage async throws in
            let server = try await Self.start(stage, "all", ["--style", "events"])
            let run = try await stage.run(["ordering", "serve", "--style", "hybrid", "--listen", "127.0.0.1:0"])
            run.failed(4, "style_differs", "used with style events, not hybrid")
            _ = await Self.stop(server)
        }
    }

    @Test func `processes of one folder have one style, and commands use it without being told`() async throws {
        try await Stage.run { stage async throws in
            let gateway = try await Self.start(stage, "gateway", ["--style", "events", "--only", "gateway"])
            let serve = ["ordering", "serve", "--listen", "127.0.0.1:0", "--only", "billing"]
            let other = try await stage.run(serve + ["--style", "hybrid"])
            other.failed(4, "style_differs", "used with style events, not hybrid")
            let variable = try await stage.run(serve, environment: ["QRPAY_ORDERING_STYLE": "http"])
            variable.failed(4, "style_differs", "used with style events, not http")
            let billing = try await Self.start(stage, "billing", ["--only", "billing"])
            func types(_ words: [String] = []) async throws -> String {
                let rows = try JSON(
                    await stage.qrpay(["ordering", "topology", "show", "--json"] + words).stdout
                ).elements
                return rows.first { $0["name"] == "ordering.billing" }.map { "\($0["types"])" } ?? ""
            }
            #expect(try await types().contains("Order/PaymentRequired"))
            #expect(try await types(["--style", "hybrid"]).contains("Billing/CreatePayment"))
            let doctor = await stage.qrpay("ordering", "doctor").stdout
            #expect(doctor.contains("style events"), "\(doctor)")
            _ = await Self.stop(billing)
            _ = await Self.stop(gateway)
        }
    }

    @Test func `the address is announced with a verb that fits, also while the broker is away`() async throws {
        try await Stage.run { stage async throws in
            let away = ["--broker", "amqp://guest@127.0.0.1:1/"]
            let password = ["QRPAY_BROKER_PASSWORD": "guest"]
            for (words, phrase) in [
                (away, ") listens on http://"),
                (away + ["--only", "billing"], "the service billing listens on http://"),
                (["--only", "billing", "--only", "push"], "the services billing, push listen on http://"),
            ] {
                let process = try stage.start(
                    ["ordering", "serve", "--listen", "127.0.0.1:0", "--quiet"] + words, environment: password)
                #expect(await process.hasPrinted(phrase, timeoutSeconds: 120))
                process.send(SIGTERM)
                #expect(await process.exit(timeoutSeconds: 120).status == 0)
            }
        }
    }

    @Test func `a server that its broker refuses does not look started`() async throws {
        try await Stage.run { stage async throws in
            let node = try await RabbitMQNode.shared
            let run = try await stage.run(
                ["ordering", "serve", "--listen", "127.0.0.1:0", "--broker", node.url],
                environment: ["QRPAY_BROKER_PASSWORD": "wr0ng"])
            #expect(run.status == 7 && run.stdout.isEmpty, "\(run)")
        }
    }

    @Test func `what cannot be served is said at once`() async throws {
        try await Stage.run { stage async throws in
            let serve = ["ordering", "serve", "--listen", "127.0.0.1:0"]
            await stage.expectFailure(serve + ["--only", "kitchen"], 2, "usage", "must be one of")
            await stage.expectFailure(serve + ["--style", "soap"], 2, "usage", "must be one of")
            await stage.expectFailure(serve + ["--broker", "kafka://x"], 2, "usage", "must be embedded or the URL")
            await stage.expectFailure(serve + ["--service-listen", "127.0.0.1:0"], 2, "usage", "--only is missing")
            await stage.expectFailure(
                serve + ["--broker", "amqp://me@127.0.0.1:1"], 7, "password_missing", "no password for the broker")
        }
    }
}
