import HTTPKit
import PaymentAPI
import TestSupport
import Testing

/// The API reads and answers messages as iiko and transactions have them: golden files.
@Suite struct PartnerMessageTests {
    /// Ids and signatures are new in every run; the test's order is named `a3f09d6c` in the golden messages.
    private func answer(
        _ api: APIFixture, _ name: String, orderID: String = "a3f09d6c"
    ) async throws -> (response: HTTPResponse, golden: PartnerExchange.Message) {
        let exchange = try PartnerExchange(name)
        let key = api.asRestaurant().first?.1 ?? ""
        let headers = exchange.request.headers.map { ($0.name, $0.value == "KEY" ? key : $0.value) }
        let body = String(decoding: exchange.request.body, as: UTF8.self).replacing("a3f09d6c", with: orderID)
        let response = try await api.send(exchange.request.method, exchange.request.target, headers, body: body)
        return (response, exchange.response)
    }

    @Test(arguments: ["iiko/create-order", "iiko/create-order.numbers"])
    func `a restaurant sends its bill and asks for its status`(name: String) async throws {
        try await APIFixture.run { api async throws in
            let created = try await answer(api, name)
            #expect(created.response.status == created.golden.status)
            let varying: Set<String> = ["order_id", "value"]
            #expect(try created.response.json.differences(from: created.golden.json(), varying: varying).isEmpty)
            let orderID = try #require(created.response.json["order_id"].text)
            let listed = try await answer(api, "iiko/list-orders", orderID: orderID)
            #expect(try listed.response.json.differences(from: listed.golden.json(), varying: ["id"]).isEmpty)
        }
    }

    @Test func `a bill without a key is refused`() async throws {
        try await APIFixture.run { api async throws in
            let refused = try await answer(api, "iiko/create-order.no-key")
            #expect(refused.response.status == refused.golden.status)
            #expect(try refused.response.json.differences(from: refused.golden.json()).isEmpty)
        }
    }

    @Test(arguments: ["transactions/callback", "transactions/callback.declined"])
    func `a report of an operation is acknowledged`(name: String) async throws {
        try await APIFixture.run { api async throws in
            let exchange = try PartnerExchange(name)
            let token = String(api.api.callbackURL().drop { $0 != "?" })
            let path = exchange.request.target.prefix { $0 != "?" } + token
            let headers = exchange.request.headers.map { ($0.name, $0.value) }
            let body = String(decoding: exchange.request.body, as: UTF8.self)
            let response = try await api.send(exchange.request.method, String(path), headers, body: body)
            #expect(response.status == exchange.response.status)
            #expect(
                try response.json.differences(from: exchange.response.json(), varying: ["effect"]).isEmpty,
                "\(response.json)")
        }
    }
}
