import JSONKit
import OrderingCore
import Testing

@testable import OrderingAPI

/// The five routes at the root, for users who have only a name.
@Suite(.timeLimit(.minutes(10))) struct NameRouteTests {
    @Test(arguments: StyleName.allCases)
    func `a basket is ordered once, however often it is asked for`(_ style: StyleName) async throws {
        try await ShopServer.run(style) { shop in
            for _ in 0..<2 {
                let created = try await shop.send("POST", "/CreateUser", #"{"user": "Pavel"}"#)
                #expect(created.status == 200 && created["status"] == "true", "\(created)")
            }
            while true {
                let deposit = try await shop.send(
                    "POST", "/DepositCash", #"{"user": "Pavel", "sum": 100}"#, [("Idempotency-Key", "d")])
                if deposit.status == 200 { break }
                try #require([503, 504].contains(deposit.status), "\(deposit)")
            }
            let basket = try #require(try await shop.send("GET", "/GetBasket", #"{"user": "Pavel"}"#)["message"])
            #expect(try await shop.send("GET", "/GetBasket?user=Pavel")["message"] == basket)
            let order = #"{"user": "Pavel", "sum": 10, "basket": "\#(basket)"}"#
            var ids: Set<String> = []
            for _ in 0..<3 {
                let ordered = try await shop.send("POST", "/Order", order)
                #expect([200, 202].contains(ordered.status) && ordered["status"] == "true", "\(ordered)")
                ids.insert(try #require(ordered["message"]))
            }
            #expect(ids.count == 1)
            let other = try await shop.send(
                "POST", "/Order", #"{"user": "Pavel", "sum": 11, "basket": "\#(basket)"}"#)
            #expect(other.status == 409 && other["status"] == "false" && other["code"] == "other_sum", "\(other)")
            while true {
                let list = try await shop.send("GET", "/List", #"{"user": "Pavel", "sum": 10}"#)
                guard case .array(let lines)? = list.json.object?["log"] as JSONValue?, !lines.isEmpty else { continue }
                #expect(lines.count == 1)
                #expect("\(lines[0])".contains("Pavel: Pavel, your order \(ids.first ?? "") for 10.00 is paid"))
                let all = try await shop.send("GET", "/List")
                #expect(all.json.object?["log"] as JSONValue? == list.json.object?["log"] as JSONValue?)
                break
            }
            #expect(try await shop.send("GET", "/GetBasket?user=Pavel")["message"] != basket)
        }
    }

    struct Case: Sendable {
        var method: String
        var path: String
        var body: String?
        var status: Int
        var code: String
    }

    private static let cases = [
        Case(method: "POST", path: "/CreateUser", body: "{}", status: 400, code: "bad_request"),
        Case(method: "POST", path: "/CreateUser", body: #"{"user": ""}"#, status: 400, code: "bad_name"),
        Case(method: "POST", path: "/CreateUser", body: #"{"user": 1}"#, status: 400, code: "bad_request"),
        Case(method: "POST", path: "/CreateUser", body: #"{"user":"Pavel",}"#, status: 400, code: "bad_request"),
        Case(
            method: "POST", path: "/DepositCash", body: #"{"user": "Pavel", "sum": -1}"#, status: 400,
            code: "bad_request"),
        Case(
            method: "POST", path: "/DepositCash", body: #"{"user": "Pavel", "sum": 0.001}"#, status: 400,
            code: "bad_request"),
        Case(
            method: "POST", path: "/DepositCash", body: #"{"user": "Unknown", "sum": 5}"#, status: 404,
            code: "user_not_found"),
        Case(method: "GET", path: "/GetBasket", body: nil, status: 400, code: "bad_request"),
        Case(method: "GET", path: "/GetBasket?user=Unknown", body: nil, status: 404, code: "user_not_found"),
        Case(
            method: "GET", path: "/GetBasket?user=Pavel", body: #"{"user": "Other"}"#, status: 400,
            code: "bad_request"),
        Case(
            method: "POST", path: "/Order", body: #"{"user": "Pavel", "sum": 10}"#, status: 400, code: "bad_request"),
        Case(
            method: "POST", path: "/Order", body: #"{"user": "Pavel", "sum": 10, "basket": "x"}"#, status: 404,
            code: "basket_not_found"),
    ]

    @Test func `an error is status false with a reason`() async throws {
        try await ShopServer.run { shop in
            for one in Self.cases {
                let answer = try await shop.send(one.method, one.path, one.body)
                #expect(answer.status == one.status && answer["code"] == one.code, "\(one): \(answer)")
                #expect(answer["status"] == "false" && answer["message"]?.isEmpty == false, "\(one): \(answer)")
            }
        }
    }

    @Test func `a user with an email address cannot be reached by name`() async throws {
        try await ShopServer.run { shop in
            let token = try await shop.user(deposit: "10")
            let basket = try await shop.send("GET", "/GetBasket?user=pavel%40example.com")
            #expect(basket.status == 404)
            _ = try await shop.send("POST", "/CreateUser", #"{"user": "pavel@example.com"}"#)
            let own = try await shop.send("GET", "/api/v1/ordering/basket", token: token)
            let named = try await shop.send("GET", "/GetBasket?user=pavel%40example.com")
            #expect(own["id"] != named["message"])
        }
    }
}
