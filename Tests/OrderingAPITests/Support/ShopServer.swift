import EncodingKit
import FoundationEssentials
import HTTPKit
import JSONKit
import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import SQLiteEngine
import SigningKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering
@testable import OrderingAPI

/// The whole ordering system at work in this process, served on loopback.
struct ShopServer: Sendable {
    let runtime: OrderingRuntime
    let server: OrderingServer
    let transport = CurlTransport()
    let world: World
    let check: OpenAPICheck

    static let password = "correct horse"
    static let secret = [UInt8](repeating: 7, count: 32)

    /// A fast derivation: what is slow about it has its own tests.
    static func keys(threads: PasswordThreads? = PasswordThreads()) -> PasswordKeys {
        PasswordKeys(secret: secret, scrypt: Scrypt(cost: 2, blockSize: 1, parallelism: 1), threads: threads)
    }

    /// Runs `body` beside a running system, and ends it afterwards.
    static func run(
        _ style: StyleName = .hybrid, keys: PasswordKeys = keys(), answerSeconds: Double = 60,
        services: Set<ServiceName> = Set(ServiceName.allCases), limits: HTTPServerLimits = OrderingServer.limits,
        adjust: (inout OrderingServerOptions) -> Void = { _ in }, _ body: (ShopServer) async throws -> Void
    ) async throws {
        var databases: [ServiceName: any SQLDatabase] = [:]
        for service in ServiceName.allCases {
            databases[service] = try await SQLiteDatabase.open(.memory, migrations: service.migrations)
        }
        let world = World.live
        let processes = Processes(own: "test") { _ in true }
        let queues = try await SQLiteDatabase.open(.memory, migrations: [OrderingStores.brokerMigration])
        var options = OrderingRuntime.Options()
        options.answerSeconds = answerSeconds
        options.pollSeconds = 0.05
        let runtime = OrderingRuntime(
            Style(style), services: services, databases: databases, broker: EmbeddedBroker(queues, world, processes),
            world: world, processes: processes, keys: keys, options: options)
        var serving = OrderingServerOptions()
        serving.limits = limits
        serving.pollSeconds = 0.05
        adjust(&serving)
        let server = OrderingServer(
            listen: SocketAddress(host: "127.0.0.1", port: 0), gateway: runtime.gateway, commits: runtime.commits,
            world: world, options: serving)
        try server.start()
        let work = Task { try await runtime.run() }
        let shop = ShopServer(
            runtime: runtime, server: server, world: world,
            check: OpenAPICheck(root: OrderingServer.document(runtime.gateway, world, version: "")))
        let result: Result<Void, any Error>
        do { result = .success(try await body(shop)) } catch { result = .failure(error) }
        await server.stop(graceSeconds: 60)
        work.cancel()
        _ = await work.result
        shop.transport.close()
        for database in databases.values { await database.close() }
        await queues.close()
        try result.get()
    }
}

// MARK: - Requests

extension ShopServer {
    func send(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil,
        _ headers: [(String, String)] = []
    ) async throws -> Exchange {
        var fields = HTTPHeaders(headers)
        if let token { fields.add("Authorization", "Bearer \(token)") }
        let response = try await transport.send(
            HTTPRequest(
                method: method, url: "http://127.0.0.1:\(server.port)\(path)", headers: fields,
                body: body.map { Array($0.utf8) } ?? [], timeoutSeconds: 120))
        for finding in check.findings(method, path, response) { Issue.record("\(finding)") }
        return Exchange(response: response)
    }

    /// Registers a user and logs in.
    /// - Returns: the token.
    func user(_ email: String = "pavel@example.com", deposit: String? = nil) async throws -> String {
        while true {
            let registered = try await send(
                "POST", "/api/v1/identity/register",
                #"{"email": "\#(email)", "password": "\#(Self.password)", "firstName": "Pavel"}"#)
            if registered.status == 201 { break }
            // The outcome may be slower than the server waits.
            try #require(registered.status == 504, "\(registered)")
        }
        let session = try await send(
            "POST", "/api/v1/identity/login", #"{"email": "\#(email)", "password": "\#(Self.password)"}"#)
        let token = try #require(session["accessToken"], "\(session)")
        if let deposit {
            // The account is opened by a message.
            while true {
                let answer = try await send(
                    "POST", "/api/v1/billing/account/deposit", #"{"amount": \#(deposit)}"#, token: token,
                    [("Idempotency-Key", "first")])
                if answer.status == 204 { break }
                try #require([503, 504].contains(answer.status), "\(answer)")
            }
        }
        return token
    }

    func order(
        _ price: String, token: String, _ headers: [(String, String)] = []
    ) async throws -> Exchange {
        try await send("POST", "/api/v1/ordering/orders", #"{"price": \#(price)}"#, token: token, headers)
    }

    /// Waits until an order has ended.
    func outcome(of id: String, token: String) async throws -> Exchange {
        try await send("GET", "/api/v1/ordering/orders/\(id)?wait=60", token: token)
    }
}

/// A response, with its JSON.
struct Exchange: CustomStringConvertible {
    var response: HTTPResponse

    var status: Int { response.status }
    var text: String { String(decoding: response.body, as: UTF8.self) }
    var json: JSONValue { (try? JSONValue(parsing: response.body, as: .interoperable)) ?? .null }
    var rows: [JSONValue] { if case .array(let rows) = json { rows } else { [] } }
    var description: String { "\(status) \(text)" }

    /// A member's text, or its digits.
    subscript(_ name: String) -> String? { json[name] }
}

extension JSONValue {
    subscript(_ name: String) -> String? {
        switch object?[name] as JSONValue? {
        case .string(let text), .number(let text): text
        case .bool(let value): "\(value)"
        default: nil
        }
    }
}
