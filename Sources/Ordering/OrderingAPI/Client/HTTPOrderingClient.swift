import EncodingKit
package import HTTPKit
import JSONKit
package import Ordering
package import OrderingCore
import WorldKit

/// A user of a running server, by their login token.
package struct HTTPOrderingClient: OrderingClient {
    private let baseURL: String
    private let transport: any HTTPTransport
    private let token: String?

    /// Longer than the server lets a request wait.
    private static let timeoutSeconds = 90.0

    /// - Parameter token: nil before the login.
    package init(url: String, transport: any HTTPTransport, token: String?) {
        baseURL = BaseURL.trimmed(url)
        self.transport = transport
        self.token = token
    }

    /// The server did not answer, or not like one of ours.
    package struct Unanswered: Error, Hashable, Sendable {
        package var message: String
        /// Whether the request was certainly not sent.
        package var isUnsent: Bool
    }

    // MARK: Users

    package func register(_ registration: Gateway.Registration) async throws -> User {
        try Self.user(
            try await send(
                "POST", "/api/v1/identity/register",
                [
                    "email": .string(registration.email), "password": .string(registration.password),
                    "firstName": .string(registration.firstName), "lastName": .string(registration.lastName),
                    "phone": .string(registration.phone),
                ]
            ).json)
    }

    package func register(name: String) async throws {
        _ = try await send("POST", "/CreateUser", ["user": .string(name)])
    }

    package func logIn(email: String, password: String) async throws -> String {
        let json = try await send(
            "POST", "/api/v1/identity/login", ["email": .string(email), "password": .string(password)]
        ).json
        return try Self.text(json, "accessToken")
    }

    package func user() async throws -> User { try Self.user(try await send("GET", "/api/v1/identity/profile").json) }

    // MARK: Money

    package func account() async throws -> Account {
        let json = try await send("GET", "/api/v1/billing/account").json
        return Account(userID: try Self.text(json, "userId"), balance: try Self.money(json, "balance"))
    }

    package func deposit(_ amount: Money, key: String) async throws {
        _ = try await send("POST", "/api/v1/billing/account/deposit", ["amount": amount.json], key: key)
    }

    package func withdraw(_ amount: Money, key: String) async throws {
        _ = try await send("POST", "/api/v1/billing/account/withdraw", ["amount": amount.json], key: key)
    }

    // MARK: Orders

    package func basket() async throws -> String {
        try Self.text(try await send("GET", "/api/v1/ordering/basket").json, "id")
    }

    package func order(_ price: Money, basketID: String?, key: String) async throws -> Order {
        let basket: JSONValue = basketID.map { ["basket": .string($0)] } ?? [:]
        do {
            let answer = try await send(
                "POST", OrderRoutes.base, JSONValue(dictionaryLiteral: ("price", price.json)).merging(basket), key: key)
            return try Self.order(answer.json)
        } catch let failure as APIFailure {
            // Whatever the answer, an order that exists tells how it ended.
            guard let address = failure.headers.first(where: { $0.name == "Location" })?.value,
                address.hasPrefix("\(OrderRoutes.base)/")
            else { throw failure }
            return try Self.order(try await send("GET", address).json)
        }
    }

    package func order(_ id: String, waitSeconds seconds: Double) async throws -> Order {
        let wait = seconds >= 1 ? "?wait=\(Int(min(seconds, Double(Input.maximumWaitSeconds))))" : ""
        return try Self.order(
            try await send("GET", "\(OrderRoutes.base)/\(PercentEncoding.encode(id))\(wait)").json)
    }

    package func orders() async throws -> [Order] {
        try Self.list(try await send("GET", OrderRoutes.base).json).map(Self.order)
    }

    package func notifications() async throws -> [Notification] {
        try Self.list(try await send("GET", "/api/v1/notifications").json).map { json in
            let id = try Self.text(json, "id")
            return Notification(
                id: id, orderID: id, userID: "", status: .pending, message: try Self.text(json, "message"),
                createdAt: try Self.time(json))
        }
    }
}

// MARK: - Exchanges

extension HTTPOrderingClient {
    private struct Answer {
        var json: JSONValue
        var headers: HTTPHeaders
    }

    private func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil
    ) async throws -> Answer {
        var headers = HTTPHeaders([("Accept", "application/json")])
        if let token { headers.add("Authorization", "Bearer \(token)") }
        if let key { headers.add("Idempotency-Key", key) }
        if body != nil { headers.add("Content-Type", "application/json") }
        let response: HTTPResponse
        do {
            response = try await transport.send(
                HTTPRequest(
                    method: method, url: baseURL + path, headers: headers,
                    body: body.map { Array($0.compact.utf8) } ?? [],
                    timeoutSeconds: Self.timeoutSeconds))
        } catch let error as HTTPTransportError {
            let isUnsent = [.invalidURL, .cannotConnect, .insecure].contains(error.code)
            throw Unanswered(message: "\(error.message) (\(error.place))", isUnsent: isUnsent)
        }
        let json = response.body.isEmpty ? .null : try? JSONValue(parsing: response.body, as: .interoperable)
        guard (200...299).contains(response.status) else { throw Self.failure(response, json) }
        guard let json else { throw Self.foreign("no JSON") }
        return Answer(json: json, headers: response.headers)
    }

    /// What an error response means; texts from a server are as little to be trusted as anything from outside.
    private static func failure(_ response: HTTPResponse, _ json: JSONValue?) -> any Error {
        guard case .string(let code)? = json?.object?["code"] as JSONValue?,
            case .string(let message)? = json?.object?["message"] as JSONValue?, isWord(code)
        else { return foreign("unexpected status \(response.status)") }
        return APIFailure(
            response.status, code, String(message.prefix(500)),
            headers: response.headers.fields.filter { $0.name.lowercased() == "location" }
                .map { HTTPHeaders.Field(name: "Location", value: $0.value) })
    }

    private static func isWord(_ code: String) -> Bool {
        (1...64).contains(code.utf8.count)
            && code.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    private static func foreign(_ reason: String) -> Unanswered {
        Unanswered(message: "the server does not answer like an ordering system: \(reason)", isUnsent: false)
    }

    private static func user(_ json: JSONValue) throws -> User {
        User(
            id: try text(json, "id"), email: try text(json, "email"), firstName: try text(json, "firstName"),
            lastName: try text(json, "lastName"), phone: try text(json, "phone"))
    }

    private static func order(_ json: JSONValue) throws -> Order {
        guard let status = Order.Status(rawValue: try text(json, "status")) else { throw foreign("status") }
        return Order(
            id: try text(json, "id"), userID: "", price: try money(json, "price"), status: status,
            reason: (try? text(json, "reason")).flatMap(FailureReason.init), createdAt: try time(json))
    }

    private static func list(_ json: JSONValue) throws -> [JSONValue] {
        guard case .array(let rows) = json else { throw foreign("not a list") }
        return rows
    }

    private static func text(_ json: JSONValue, _ name: String) throws -> String {
        guard case .string(let text)? = json.object?[name] as JSONValue? else { throw foreign("\(name) is missing") }
        return text
    }

    private static func money(_ json: JSONValue, _ name: String) throws -> Money {
        guard case .number(let digits)? = json.object?[name] as JSONValue?, let money = try? Money(decimal: digits)
        else { throw foreign("\(name) is not an amount") }
        return money
    }

    private static func time(_ json: JSONValue) throws -> Instant {
        guard let time = Instant(rfc3339: try text(json, "createdAt")) else { throw foreign("createdAt") }
        return time
    }
}
