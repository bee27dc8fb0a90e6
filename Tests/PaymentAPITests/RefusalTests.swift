import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// What is refused, how, and that it had no effect.
@Suite struct RefusalTests {
    /// One request that must be refused.
    struct Refused: Sendable, CustomTestStringConvertible {
        var name: String
        var status: Int
        var code: String
        /// A part of the message.
        var says = ""
        var method = "POST"
        var target: @Sendable (Deeplink) -> String
        var headers: @Sendable (APIFixture) -> [(String, String)]
        var body: @Sendable (Deeplink) -> String? = { _ in nil }

        var testDescription: String { name }
    }

    private static func orders(
        _ name: String, _ status: Int, _ code: String, says: String = "", body: String = APIFixture.bill("i-2"),
        headers: @escaping @Sendable (APIFixture) -> [(String, String)] = { $0.asRestaurant() }
    ) -> Refused {
        Refused(
            name: "POST /orders: \(name)", status: status, code: code, says: says, target: { _ in "/orders" },
            headers: headers, body: { _ in body })
    }

    private static func list(
        _ name: String, _ status: Int, _ code: String, says: String = "", query: String = "",
        body: String = #"{"orders":["x"]}"#,
        headers: @escaping @Sendable (APIFixture) -> [(String, String)] = { $0.asRestaurant() }
    ) -> Refused {
        Refused(
            name: "POST /orders/list: \(name)", status: status, code: code, says: says,
            target: { _ in "/orders/list" + query }, headers: headers, body: { _ in body })
    }

    private static func preorder(
        _ name: String, _ status: Int, _ code: String, says: String = "",
        _ target: @escaping @Sendable (Deeplink) -> String = { APIFixture.preorder($0) },
        headers: @escaping @Sendable (APIFixture) -> [(String, String)] = { _ in APIFixture.asUser() }
    ) -> Refused {
        Refused(
            name: "GET preorder: \(name)", status: status, code: code, says: says, method: "GET", target: target,
            headers: headers)
    }

    private static func payment(
        _ name: String, _ status: Int, _ code: String, says: String = "", _ changes: JSON = [:],
        body: (@Sendable (Deeplink) -> String)? = nil,
        headers: @escaping @Sendable (APIFixture) -> [(String, String)] = { _ in APIFixture.asUser() }
    ) -> Refused {
        Refused(
            name: "POST payments: \(name)", status: status, code: code, says: says,
            target: { _ in "/4.0/payments/v1/orders" }, headers: headers,
            body: body ?? { APIFixture.payment($0, changes) })
    }

    private static func get(
        _ name: String, _ status: Int, _ code: String, says: String = "", _ target: String,
        headers: @escaping @Sendable (APIFixture) -> [(String, String)] = { _ in APIFixture.asUser() }
    ) -> Refused {
        Refused(
            name: "GET \(name)", status: status, code: code, says: says, method: "GET",
            target: { target.replacing("ORDER", with: $0.orderID) }, headers: headers)
    }

    private static let otherHMAC = String(repeating: "0", count: 64)

    static let iiko: [Refused] = [
        orders("no key", 401, "unauthorized", headers: { _ in [] }),
        orders("a key of nobody", 401, "unauthorized", headers: { _ in [("X-API-Key", "nobody.1.secret")] }),
        orders(
            "another number", 401, "unauthorized", headers: { [("X-API-Key", $0.key.replacing(".1.", with: ".2."))] }),
        orders("a wrong secret", 401, "unauthorized", headers: { [("X-API-Key", $0.key + "0")] }),
        orders("no key at all", 401, "unauthorized", headers: { _ in [("X-API-Key", "")] }),
        orders("another scheme", 401, "unauthorized", headers: { [("Authorization", "Basic \($0.key)")] }),
        orders("the gateway's key", 401, "unauthorized", headers: { _ in [("X-API-Key", APIFixture.gatewayKeys[0])] }),
        orders("another restaurant", 403, "wrong_restaurant", body: APIFixture.bill(restaurant: "bar")),
        orders("nothing", 400, "bad_bill", body: ""),
        orders("no JSON", 400, "bad_bill", says: "line 1", body: "{\"client_id\":"),
        orders("another form", 400, "bad_bill", body: "name,amount\nБорщ,100\n"),
        orders("a repeated name", 400, "bad_bill", body: #"{"client_id":"a","client_id":"b"}"#),
        orders(
            "a field missing", 400, "bad_bill", says: "bill",
            body: #"{"client_id":"cafe-42","internal_order_id":"1"}"#),
        orders("an amount too exact", 400, "bad_bill", says: "bill.amount", body: APIFixture.bill(amount: "1.234")),
        orders(
            "an amount too large", 400, "bad_bill", says: "too large",
            body: APIFixture.bill(amount: "99999999999999999999")),
        orders("nothing to pay", 400, "bad_bill", body: APIFixture.bill(amount: 0)),
        orders("a negative amount", 400, "bad_bill", body: APIFixture.bill(amount: "-1")),
        orders("no such currency", 400, "bad_bill", body: APIFixture.bill(currency: "XXQ")),
        orders("no identifier", 400, "bad_bill", body: APIFixture.bill("a:b")),
        orders("too deep", 400, "bad_bill", body: String(repeating: "[", count: 100_000)),
        orders(
            "an idempotency key with blanks", 400, "bad_request",
            headers: { $0.asRestaurant() + [("Idempotency-Key", "a b")] }),
        orders("too large", 413, "body_too_large", body: String(repeating: " ", count: 1 << 20) + "{}"),
        list("no key", 401, "unauthorized", headers: { _ in [] }),
        list("another restaurant", 403, "wrong_restaurant", body: #"{"client_id":"bar","orders":[]}"#),
        list("no JSON", 400, "bad_request", body: "[1,2"),
        list(
            "a trailing comma", 400, "bad_request", says: "line 1, column 16: not valid JSON",
            body: #"{"orders":["a",]}"#),
        list("a comma behind a member", 400, "bad_request", says: "not valid JSON", body: #"{"orders":["a"],}"#),
        list("a name twice", 400, "bad_request", says: "twice", body: #"{"orders":["a"],"orders":["b"]}"#),
        list("half a surrogate pair", 400, "bad_request", says: "escape", body: #"{"orders":["\ud800"]}"#),
        list("a raw line feed", 400, "bad_request", says: "control", body: "{\"orders\":[\"a\nb\"]}"),
        list("a comment", 400, "bad_request", says: "not valid JSON", body: #"{"orders":["a"] /* all */}"#),
        list("a byte order mark", 400, "bad_request", says: "not valid JSON", body: "\u{FEFF}{\"orders\":[\"a\"]}"),
        list("too deep", 400, "bad_request", says: "nested", body: String(repeating: "[", count: 100_000)),
        list("text behind it", 400, "bad_request", says: "text after the end", body: #"{"orders":["a"]} x"#),
        list("no orders", 400, "bad_request", says: "orders", body: #"{"client_id":"cafe-42"}"#),
        list("orders of another type", 400, "bad_request", says: "orders.0", body: #"{"orders":[1]}"#),
        list("a wait too long", 400, "bad_request", says: "wait", query: "?wait=61"),
        list("a wait that is no number", 400, "bad_request", says: "wait", query: "?wait=soon"),
        list("a wait twice", 400, "bad_request", says: "wait", query: "?wait=1&wait=2"),
        get("availability without the key", 401, "unauthorized", "/availability", headers: { _ in [] }),
        get(
            "availability with a wrong key", 401, "unauthorized", "/availability",
            headers: { _ in [("X-Gateway-Key", "x")] }),
        get(
            "availability with a restaurant's key", 401, "unauthorized", "/availability",
            headers: { [("X-Gateway-Key", $0.key)] }),
        get("restaurants without the key", 401, "unauthorized", "/restaurants", headers: { _ in [] }),
        get(
            "restaurants of no zone's name", 400, "bad_request", says: "nearest_zone", "/restaurants?nearest_zone=a%20b"
        ),
    ]

    static let payments: [Refused] = [
        preorder("no gateway key", 401, "unauthorized", headers: { _ in [("X-Yandex-UID", "4001")] }),
        preorder(
            "no user", 400, "bad_request", says: "X-Yandex-UID",
            headers: { _ in [("X-Gateway-Key", APIFixture.gatewayKeys[0])] }),
        preorder(
            "two users", 400, "bad_request", says: "X-Yandex-UID",
            headers: { _ in APIFixture.asUser() + [("X-Yandex-UID", "4002")] }),
        preorder(
            "no service", 400, "bad_request", says: "service", { "/4.0/payments/v1/preorder?" + APIFixture.query($0) }),
        preorder("another service", 400, "unknown_service", { APIFixture.preorder($0, service: "eats") }),
        preorder(
            "no signature", 400, "bad_request", says: "hmac",
            { APIFixture.preorder($0).replacing(/&hmac=.*/, with: "") }),
        preorder(
            "another signature", 403, "bad_deeplink", { APIFixture.preorder($0).replacing($0.hmac, with: otherHMAC) }),
        preorder(
            "a signature in capitals", 403, "bad_deeplink",
            { APIFixture.preorder($0).replacing($0.hmac, with: $0.hmac.uppercased()) }),
        preorder(
            "another order", 403, "bad_deeplink", { APIFixture.preorder($0).replacing($0.orderID, with: "other") }),
        preorder(
            "another restaurant", 403, "bad_deeplink", { APIFixture.preorder($0).replacing("cafe-42", with: "bar") }),
        preorder("another key", 403, "bad_deeplink", { APIFixture.preorder($0).replacing("kid=k2", with: "kid=k1") }),
        preorder(
            "no identifier", 403, "bad_deeplink", { APIFixture.preorder($0).replacing("kid=k2", with: "kid=k%2F2") }),
        preorder(
            "a signature twice", 400, "bad_request", says: "hmac", { APIFixture.preorder($0) + "&hmac=\($0.hmac)" }),
        payment("no gateway key", 401, "unauthorized", headers: { _ in [("X-Yandex-UID", "4001")] }),
        payment("no JSON", 400, "bad_request", body: { _ in "pay" }),
        payment(
            "a leading zero", 400, "bad_request", says: "malformed number",
            body: { APIFixture.payment($0).dropLast() + #","tip":01}"# }),
        payment(
            "a name twice", 400, "bad_request", says: "\"uid\" appears twice",
            body: { _ in #"{"uid":"1","uid":"2"}"# }),
        payment("another service", 400, "unknown_service", ["service": "eats"]),
        payment("another order", 403, "bad_deeplink", ["order_id": "other"]),
        payment("another restaurant", 403, "bad_deeplink", ["restaurant_id": "bar"]),
        payment("another signature", 403, "bad_deeplink", ["hmac": .string(otherHMAC)]),
        payment("no method", 400, "bad_request", says: "payment_method_id", ["payment_method_id": .null]),
        payment("no such method's name", 400, "bad_request", says: "payment_method_id", ["payment_method_id": "a b"]),
        payment("no version", 400, "bad_request", says: "bill_version", ["bill_version": .null]),
        payment("a version of another type", 400, "bad_request", says: "bill_version", ["bill_version": "1"]),
        payment("a stale bill", 409, "stale_bill", ["bill_version": 2]),
        get("a payment without an order", 400, "bad_request", says: "order_id", "/4.0/payments/v1/orders"),
        get("a payment of no order", 404, "order_not_found", "/4.0/payments/v1/orders?order_id=other"),
        get("a payment of no identifier", 400, "bad_request", says: "order_id", "/4.0/payments/v1/orders?order_id=%2F"),
        get(
            "a payment with a wrong status seen", 400, "bad_request", says: "seen",
            "/4.0/payments/v1/orders?order_id=ORDER&seen=PAID"),
        get(
            "a payment without the gateway's key", 401, "unauthorized", "/4.0/payments/v1/orders?order_id=ORDER",
            headers: { _ in [] }),
        get("nothing", 404, "not_found", "/nothing"),
        get("an encoded slash", 404, "not_found", "/orders%2Flist"),
        get("by another method", 405, "method_not_allowed", "/orders/list"),
    ]

    @Test func `every refusal has a reason and changes nothing`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            for refused in Self.iiko + Self.payments {
                let answer = try await api.send(
                    refused.method, refused.target(link), refused.headers(api), body: refused.body(link))
                #expect(answer.status == refused.status && answer.code == refused.code, "\(refused.name)")
                let message = answer.json["message"].text ?? ""
                #expect(message.contains(refused.says), "\(refused.name): \(message)")
                #expect(!message.contains(api.key) && !message.contains(APIFixture.gatewayKeys[0]), "\(refused.name)")
            }
            let orders = try await Orders(api.services).list(.init())
            #expect(orders.map(\.status) == [.pending])
            let entries = try await Orders(api.services).history(link.orderID)
            #expect(entries.map(\.event) == [.created])
        }
    }

    @Test func `the second caller is refused`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            async let first = api.pay(link, uid: "1", card: "card-slow")
            async let second = api.pay(link, uid: "2", card: "card-slow")
            let answers = try await [first, second]
            #expect(answers.map(\.status).sorted() == [200, 409])
            #expect(answers.compactMap(\.code) == ["order_taken"])
            let loser = answers[0].status == 200 ? "2" : "1"
            let preorder = try await api.send("GET", APIFixture.preorder(link), APIFixture.asUser(loser))
            #expect(preorder.status == 409 && preorder.code == "order_taken")
        }
    }

    @Test func `a changed bill makes the former version stale`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            _ = try await api.send("POST", "/orders", api.asRestaurant(), body: APIFixture.bill(amount: "110"))
            #expect(try await api.pay(link).code == "stale_bill")
            let body = APIFixture.payment(link, ["bill_version": 2])
            #expect(
                try await api.send("POST", "/4.0/payments/v1/orders", APIFixture.asUser(), body: body).status == 200)
            let late = try await api.send("POST", "/orders", api.asRestaurant(), body: APIFixture.bill(amount: "120"))
            #expect(late.status == 409 && late.code == "bill_conflict")
        }
    }

    @Test func `a failing partner is reported to operators only`() async throws {
        try await APIFixture.run { api async throws in
            let link = try await api.order()
            await api.sandbox.stop()
            let answer = try await api.send("GET", APIFixture.preorder(link), APIFixture.asUser())
            #expect(answer.status == 502 && answer.code == "partner_unreachable")
            #expect(answer.json["message"] == "a partner failed or did not answer in time")
            #expect(api.log.all.last?.reason?.message.contains("cardstorage") == true)
        }
    }
}
