import HTTPKit
import JSONKit
import OrderingCore
import SigningKit
import TestSupport
import Testing

@testable import Ordering
@testable import OrderingAPI

/// Requests that are refused: each with its status and code, and without an effect.
@Suite(.timeLimit(.minutes(10))) struct BadRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "POST"
        var path: String
        var body: String?
        var isLoggedIn = true
        var headers: [(String, String)] = []
        var status: Int
        var code: String
        var testDescription: String { name }
    }

    private static let orders = "/api/v1/ordering/orders"
    private static let deposit = "/api/v1/billing/account/deposit"
    private static let withdraw = "/api/v1/billing/account/withdraw"
    private static let register = "/api/v1/identity/register"

    private static func price(_ name: String, _ text: String) -> Case {
        Case(name: name, path: orders, body: #"{"price": \#(text)}"#, status: 400, code: "bad_request")
    }

    private static func amount(_ path: String, _ text: String) -> Case {
        Case(name: "\(path) of \(text)", path: path, body: #"{"amount": \#(text)}"#, status: 400, code: "bad_request")
    }

    private static func password(_ password: String, _ code: String = "weak_password") -> Case {
        Case(
            name: "password \(password.prefix(20))", path: register,
            body: #"{"email": "new@example.com", "password": "\#(password)"}"#, isLoggedIn: false, status: 400,
            code: code)
    }

    private static let amounts = [
        "-1", "0", "-0.01", "0.001", "1e-3", "1e16", "10000000000000.01", "1e400", "\"x\"", "\"\"", "null", "true",
        "[1]", "{}", "NaN", "99999999999999999999999999999999999999",
    ]

    static let cases: [Case] =
        amounts.map { price("price \($0)", $0) } + [price("price below one", "0.99")]
        + amounts.flatMap { [amount(deposit, $0), amount(withdraw, $0)] }
        + ["short1", "aaaaaaaaaaaa", "new@example.com", String(repeating: "aB3x", count: 65)].map { password($0) }
        + [
            Case(name: "no price", path: orders, body: "{}", status: 400, code: "bad_request"),
            Case(
                name: "an unknown member", path: orders, body: #"{"price": 1, "baskt": "x"}"#, status: 400,
                code: "bad_request"),
            Case(
                name: "a repeated member", path: orders, body: #"{"price": 1, "price": 2}"#, status: 400,
                code: "bad_request"),
            Case(name: "no JSON", path: orders, body: "price=1", status: 400, code: "bad_request"),
            Case(name: "a list", path: orders, body: "[]", status: 400, code: "bad_request"),
            Case(name: "half an object", path: orders, body: #"{"price": 1"#, status: 400, code: "bad_request"),
            Case(
                name: "a body that is too large", path: orders,
                body: #"{"price": 1, "basket": ""# + String(repeating: "x", count: 20 << 10) + #""}"#, status: 413,
                code: "body_too_large"),
            Case(
                name: "a body that is far too large", path: orders, body: String(repeating: " ", count: 70 << 10),
                status: 413, code: "body_too_large"),
            Case(
                name: "a basket that is none", path: orders, body: #"{"price": 1, "basket": "a/b"}"#, status: 404,
                code: "basket_not_found"),
            Case(
                name: "an unknown basket", path: orders, body: #"{"price": 1, "basket": "b"}"#, status: 404,
                code: "basket_not_found"),
            Case(
                name: "a key with a blank", path: orders, body: #"{"price": 1}"#, headers: [("Idempotency-Key", "a b")],
                status: 400, code: "bad_key"),
            Case(
                name: "a key that is too long", path: deposit, body: #"{"amount": 1}"#,
                headers: [("Idempotency-Key", String(repeating: "k", count: 201))], status: 400, code: "bad_key"),
            Case(
                name: "two keys", path: deposit, body: #"{"amount": 1}"#,
                headers: [("Idempotency-Key", "a"), ("Idempotency-Key", "b")], status: 400, code: "bad_request"),
            Case(
                name: "a withdrawal of more than there is", path: withdraw, body: #"{"amount": 1}"#, status: 422,
                code: "not_enough_money"),
            Case(name: "an unknown order", method: "GET", path: "\(orders)/x", status: 404, code: "order_not_found"),
            Case(
                name: "an order's id with a slash", method: "GET", path: "\(orders)/a%2Fb", status: 404,
                code: "order_not_found"),
            Case(
                name: "a wait that is none", method: "GET", path: "\(orders)/x?wait=soon", status: 400,
                code: "bad_request"),
            Case(name: "too long a wait", method: "GET", path: "\(orders)/x?wait=61", status: 400, code: "bad_request"),
            Case(name: "a negative wait", method: "GET", path: "\(orders)?wait=-1", status: 400, code: "bad_request"),
            Case(
                name: "an event id that is none", method: "GET", path: "/api/v1/push",
                headers: [("Last-Event-ID", "x")], status: 400, code: "bad_request"),
            Case(name: "an unknown path", method: "GET", path: "/api/v1/nothing", status: 404, code: "not_found"),
            Case(name: "a wrong method", method: "DELETE", path: orders, status: 405, code: "method_not_allowed"),
            Case(
                name: "a wrong method of the root", method: "GET", path: "/Order", status: 405,
                code: "method_not_allowed"),
            Case(
                name: "no email address", path: register, body: #"{"email": "x", "password": "correct horse"}"#,
                isLoggedIn: false, status: 400, code: "bad_email"),
            Case(
                name: "a name with a line end", path: register,
                body: #"{"email": "n@example.com", "password": "correct horse", "firstName": "a\r\nSet-Cookie: x"}"#,
                isLoggedIn: false, status: 400, code: "bad_user"),
            Case(
                name: "an email address with a line end", path: register,
                body: #"{"email": "n@example.com\r\nX: y", "password": "correct horse"}"#, isLoggedIn: false,
                status: 400, code: "bad_email"),
            Case(
                name: "other content of a user", path: register,
                body: #"{"email": "pavel@example.com", "password": "another horse"}"#, isLoggedIn: false, status: 409,
                code: "user_exists"),
            Case(
                name: "a wrong password", path: "/api/v1/identity/login",
                body: #"{"email": "pavel@example.com", "password": "wrong horse"}"#, isLoggedIn: false, status: 401,
                code: "wrong_credentials"),
            Case(
                name: "an unknown user", path: "/api/v1/identity/login",
                body: #"{"email": "unknown@example.com", "password": "correct horse"}"#, isLoggedIn: false,
                status: 401, code: "wrong_credentials"),
            Case(
                name: "another email address", method: "PUT", path: "/api/v1/identity/profile",
                body: #"{"email": "other@example.com"}"#, status: 409, code: "email_is_fixed"),
            Case(
                name: "another id", method: "PUT", path: "/api/v1/identity/profile", body: #"{"id": "other"}"#,
                status: 409, code: "id_is_fixed"),
        ]

    @Test func `each bad request has its status and code`() async throws {
        try await ShopServer.run { shop in
            // The deposit shows that the account is there.
            let token = try await shop.user(deposit: "0.50")
            for one in Self.cases {
                let answer = try await shop.send(
                    one.method, one.path, one.body, token: one.isLoggedIn ? token : nil, one.headers)
                #expect(answer.status == one.status && answer["code"] == one.code, "\(one.name): \(answer)")
                #expect(answer["message"]?.isEmpty == false, "\(one.name)")
                #expect(answer.response.headers["X"] == nil, "\(one.name)")
            }
            #expect(try await shop.send("GET", "/api/v1/billing/account", token: token)["balance"] == "0.50")
            #expect(try await shop.send("GET", Self.orders, token: token).rows.isEmpty)
        }
    }

    /// Bodies that are not JSON (RFC 8259), and the description in the answer.
    private static let malformed = [
        ("{\"user\": \"Pavel\",\n \"sum\": 5,\n}", "line 3, column 1: not valid JSON: unexpected \"}\""),
        ("{\"user\": \"Pavel\" \"sum\": 5}", "line 1, column 18: not valid JSON: unexpected \"\\\"\""),
        ("{'user': 'Pavel'}", "line 1, column 2: not valid JSON: unexpected \"'\""),
        ("{\"user\": \"Pavel\", \"sum\": 05}", "line 1, column 27: not valid JSON: malformed number"),
        ("{\"user\": \"Pavel\"", "line 1, column 17: not valid JSON: unexpected end of text"),
    ]

    @Test func `a body that is not JSON is refused with line and column`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user()
            for (body, words) in Self.malformed {
                let named = try await shop.send("POST", "/DepositCash", body)
                let given = try await shop.send("POST", Self.orders, body, token: token)
                for answer in [named, given] {
                    #expect(answer.status == 400 && answer["code"] == "bad_request", "\(answer)")
                    #expect(answer["message"]?.contains(words) == true, "\(answer)")
                }
            }
        }
    }

    @Test func `a wrong method names the right ones`() async throws {
        try await ShopServer.run { shop in
            let answer = try await shop.send("DELETE", Self.orders)
            #expect(answer.status == 405 && answer.response.headers["Allow"] == "GET, HEAD, POST")
        }
    }

    /// Every route of a user, with the body that it takes.
    private static let guarded: [(method: String, path: String, body: String?)] = [
        ("POST", "/api/v1/identity/logout", nil), ("GET", "/api/v1/identity/profile", nil),
        ("PUT", "/api/v1/identity/profile", "{}"), ("GET", orders, nil), ("GET", "\(orders)/x", nil),
        ("POST", orders, #"{"price": 1}"#), ("GET", "/api/v1/ordering/basket", nil),
        ("GET", "/api/v1/billing/account", nil), ("POST", deposit, #"{"amount": 1}"#),
        ("POST", withdraw, #"{"amount": 1}"#), ("GET", "/api/v1/notifications", nil), ("GET", "/api/v1/push", nil),
    ]

    @Test func `a token that is missing, forged, malformed or logged out opens nothing`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user()
            let ended = try await shop.user()
            #expect(try await shop.send("POST", "/api/v1/identity/logout", token: ended).status == 204)
            let forged = String(repeating: "a", count: 64)
            let credentials: [[(String, String)]] = [
                [], [("Authorization", "Bearer \(forged)")], [("Authorization", "Bearer \(ended)")],
                [("Authorization", "Bearer \(token.dropLast())")], [("Authorization", "Bearer \(token)0")],
                [("Authorization", "Basic \(token)")], [("Authorization", "Bearer \(token.uppercased())x")],
                [("Authorization", "")], [("Cookie", "accessToken=\(forged)")], [("Cookie", "AccessToken=\(token)")],
                [("Cookie", "accessToken=\(token); accessToken=\(forged)")], [("X-User-Id", "pavel")],
                [("Authorization", "Bearer \(forged)"), ("Cookie", "accessToken=\(token)")],
            ]
            for headers in credentials {
                for (method, path, body) in Self.guarded {
                    let answer = try await shop.send(method, path, body, headers)
                    #expect(
                        answer.status == 401 && answer["code"] == "unauthorized", "\(method) \(path) \(headers)")
                    #expect(answer.response.headers["WWW-Authenticate"] == "Bearer")
                }
            }
            for headers in [[("Authorization", "bearer \(token)")], [("Cookie", "a=b; accessToken=\(token)")]] {
                #expect(try await shop.send("GET", "/api/v1/identity/profile", nil, headers).status == 200)
            }
        }
    }

    @Test func `another user's order and basket are not found`() async throws {
        try await ShopServer.run { shop in
            let mine = try await shop.user(deposit: "10")
            let other = try await shop.user("eve@example.com", deposit: "10")
            let order = try #require(try await shop.order("1", token: mine)["id"])
            let basket = try #require(try await shop.send("GET", "/api/v1/ordering/basket", token: mine)["id"])
            let seen = try await shop.send("GET", "\(Self.orders)/\(order)", token: other)
            #expect(seen.status == 404 && seen["code"] == "order_not_found")
            let ordered = try await shop.send(
                "POST", Self.orders, #"{"price": 1, "basket": "\#(basket)"}"#, token: other)
            #expect(ordered.status == 404 && ordered["code"] == "basket_not_found")
            #expect(try await shop.send("GET", Self.orders, token: other).rows.isEmpty)
        }
    }

    @Test func `a deposit happens once for its key, and another amount is refused`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user(deposit: "10")
            let key = [("Idempotency-Key", "k")]
            for _ in 0..<3 {
                #expect(try await shop.send("POST", Self.deposit, #"{"amount": 5}"#, token: token, key).status == 204)
            }
            let other = try await shop.send("POST", Self.deposit, #"{"amount": 6}"#, token: token, key)
            #expect(other.status == 422 && other["code"] == "key_reused")
            #expect(try await shop.send("GET", "/api/v1/billing/account", token: token)["balance"] == "15.00")
        }
    }

    @Test func `a flood of logins is bounded, and other requests are served meanwhile`() async throws {
        // One that runs, and two that wait.
        let threads = PasswordThreads(count: 1, capacity: 3)
        let keys = PasswordKeys(
            secret: ShopServer.secret, scrypt: Scrypt(cost: 1 << 12, blockSize: 8, parallelism: 1), threads: threads)
        try await ShopServer.run(keys: keys) { shop in
            let statuses = try await withThrowingTaskGroup(of: Exchange.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await shop.send(
                            "POST", "/api/v1/identity/login", #"{"email": "a@example.com", "password": "guess"}"#)
                    }
                }
                let health = try await shop.send("GET", "/healthz")
                #expect(health.status == 200)
                return try await group.reduce(into: [:]) { $0["\($1.status) \($1["code"] ?? "")", default: 0] += 1 }
            }
            #expect(Set(statuses.keys).isSubset(of: ["401 wrong_credentials", "503 busy"]), "\(statuses)")
            #expect(statuses["401 wrong_credentials", default: 0] >= 3)
        }
    }
}
