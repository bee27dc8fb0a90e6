import HTTPKit
import JSONKit
import OrderingCore
import Testing

@testable import OrderingAPI

/// Orders over HTTP, in all styles.
@Suite(.timeLimit(.minutes(10))) struct OrderRouteTests {
    @Test(arguments: StyleName.allCases)
    func `an order is paid, one for too much fails, and both are told`(_ style: StyleName) async throws {
        try await ShopServer.run(style) { shop in
            let token = try await shop.user(deposit: "100.50")
            let paid = try await shop.order("60.5", token: token)
            #expect(paid.status == (style == .hybrid ? 202 : 200), "\(paid)")
            let id = try #require(paid["id"])
            #expect(paid["price"] == "60.50")
            #expect(paid.response.headers["Location"] == "/api/v1/ordering/orders/\(id)")
            #expect(try await shop.outcome(of: id, token: token)["status"] == "succeeded")
            let account = try await shop.send("GET", "/api/v1/billing/account", token: token)
            #expect(account["balance"] == "40.00")

            let refused = try await shop.order("40.01", token: token)
            #expect(refused.status == (style == .hybrid ? 202 : 422), "\(refused)")
            let address = try #require(refused.response.headers["Location"])
            let outcome = try await shop.send("GET", "\(address)?wait=60", token: token)
            #expect(outcome["status"] == "failed" && outcome["reason"] == "not_enough_money")
            if style != .hybrid {
                #expect(refused["code"] == "not_enough_money" && refused["message"] == "not enough money")
            }
            let list = try await shop.send("GET", "/api/v1/ordering/orders", token: token)
            #expect(list.rows.map { $0["status"] } == ["succeeded", "failed"])
            #expect(list.response.headers["ETag"] == "\"2.2\"")
            try await expectNotifications(2, shop, token)
        }
    }

    private func expectNotifications(_ count: Int, _ shop: ShopServer, _ token: String) async throws {
        while true {
            let list = try await shop.send("GET", "/api/v1/notifications", token: token)
            try #require(list.status == 200)
            if list.rows.count == count { break }
        }
    }

    @Test(arguments: StyleName.allCases)
    func `the same key has the same answer, and another content is refused`(_ style: StyleName) async throws {
        try await ShopServer.run(style) { shop in
            let token = try await shop.user(deposit: "100")
            let key = [("Idempotency-Key", "k1")]
            let first = try await shop.order("10", token: token, key)
            let second = try await shop.order("10", token: token, key)
            #expect(first.status == second.status && first["id"] == second["id"] && first["id"] != nil)
            let other = try await shop.order("11", token: token, key)
            #expect(other.status == 422 && other["code"] == "key_reused")
            _ = try await shop.outcome(of: try #require(first["id"]), token: token)
            #expect(try await shop.send("GET", "/api/v1/ordering/orders", token: token).rows.count == 1)
        }
    }

    @Test func `a stale list is refused, and a repetition under a key is not`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user(deposit: "100")
            let seen = try await shop.send("GET", "/api/v1/ordering/orders", token: token)
            let tag = try #require(seen.response.headers["ETag"])
            let headers = [("If-Match", tag), ("Idempotency-Key", "k")]
            let first = try await shop.order("10", token: token, headers)
            #expect(first.status == 202)
            let again = try await shop.order("10", token: token, headers)
            #expect(again.status == 202 && again["id"] == first["id"])
            let stale = try await shop.order("10", token: token, [("If-Match", tag)])
            #expect(stale.status == 412 && stale["code"] == "list_changed")
            #expect(try await shop.order("10", token: token, [("If-Match", "*")]).status == 202)
            for other in [#""x""#, #""""#, #"W/"x""#, #""9.0""#] {
                #expect(try await shop.order("10", token: token, [("If-Match", other)]).status == 412, "\(other)")
            }
            for malformed in ["stale", #""x"#, #"x""#, #"""#, #""a"b""#, #""a b""#, #"w/"x""#, #""a", "b""#] {
                let answer = try await shop.order("10", token: token, [("If-Match", malformed)])
                #expect(answer.status == 400 && answer["code"] == "bad_if_match", "\(malformed): \(answer)")
            }
        }
    }

    @Test(arguments: [StyleName.events, .collaboration])
    func `without an outcome in time, a key gives 202 and no key gives 504, both with the address`(
        _ style: StyleName
    ) async throws {
        // The order service does not run: nothing is known of the outcome.
        try await ShopServer.run(
            style, answerSeconds: 0.2, services: [.gateway, .identity, .billing, .push, .notification]
        ) { shop in
            let token = try await shop.user()
            let without = try await shop.order("10", token: token)
            #expect(without.status == 504 && without["code"] == "no_outcome", "\(without)")
            #expect(without.response.headers["Location"]?.hasPrefix("/api/v1/ordering/orders/") == true)
            #expect(without["message"]?.contains("do not order again") == true)
        }
    }

    @Test func `a list is answered once it differs from the one that was seen`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user(deposit: "100")
            let path = "/api/v1/ordering/orders"
            let seen = try #require(try await shop.send("GET", path, token: token).response.headers["ETag"])
            let query = "?wait=60&seen=\(seen.filter { $0 != "\"" })"
            async let waiting = shop.send("GET", "\(path)\(query)", token: token)
            _ = try await shop.order("10", token: token)
            #expect(try await waiting.rows.count == 1)
        }
    }
}
