import HTTPKit
import PaymentAPI
import PaymentCore
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

    private static let bills = ["iiko/create-order", "iiko/create-order.numbers"]
    private static let statuses = "iiko/list-orders"
    private static let withoutKey = "iiko/create-order.no-key"

    @Test(arguments: bills)
    func `a restaurant sends its bill and asks for its status`(name: String) async throws {
        try await APIFixture.run { api async throws in
            let created = try await answer(api, name)
            #expect(created.response.status == created.golden.status)
            let varying: Set<String> = ["order_id", "value"]
            #expect(try created.response.json.differences(from: created.golden.json(), varying: varying).isEmpty)
            let orderID = try #require(created.response.json["order_id"].text)
            let listed = try await answer(api, Self.statuses, orderID: orderID)
            #expect(try listed.response.json.differences(from: listed.golden.json(), varying: ["id"]).isEmpty)
        }
    }

    @Test func `a bill without a key is refused`() async throws {
        try await APIFixture.run { api async throws in
            let refused = try await answer(api, Self.withoutKey)
            #expect(refused.response.status == refused.golden.status)
            #expect(try refused.response.json.differences(from: refused.golden.json()).isEmpty)
        }
    }

    private static let organization = "cfa2850e-da84-51a5-8afc-a0d109e835df"
    private static let dinner = "4500e40e-733e-55b0-9570-d792a05ff0ba"
    private static let lines = "Борщ 360.00, + Сметана 40.00, Сыр на развес 202.50"

    /// What iikoCloud delivers, and the bill that is read from it or the reason why there is none.
    private static let deliveries = [
        ("iiko/webhook", "602.50 RUB, prepaid 0.00: \(lines)"),
        ("iiko/webhook.states", "602.50 RUB, prepaid 0.00: \(lines)"),
        ("iiko/webhook.prepaid", "402.50 RUB, prepaid 200.00: \(lines)"),
        ("iiko/webhook.closed", "[0].eventInfo.order.status: notABill(status: \"Closed\")"),
        ("iiko/webhook.not-created", "[0].eventInfo.creationStatus: notCreated(status: \"Error\")"),
        ("iiko/order-by-id", "602.50 RUB, prepaid 0.00: \(lines)"),
    ]

    @Test(arguments: deliveries)
    func `a bill is read from what iikoCloud delivers`(name: String, expected: String) throws {
        let exchange = try PartnerExchange(name)
        // A webhook is iiko's request to us; otherwise the order is in iiko's response.
        let body = exchange.response.body.isEmpty ? exchange.request.body : exchange.response.body
        let outcome: String
        do throws(BillError) {
            let (bill, warnings, format) = try BillReader.read(
                body, format: nil, restaurant: nil, billID: nil, currency: nil, isStrict: true)
            #expect(warnings.isEmpty && format == .iikocloud)
            #expect(bill.clientID == Self.organization && bill.internalOrderID == Self.dinner)
            let lines = bill.lines.map { "\($0.name) \($0.amount.decimal)" }.joined(separator: ", ")
            outcome = "\(bill.amount), prepaid \(bill.prepaid.decimal): \(lines)"
        } catch { outcome = "\(error.place): \(error.reason)" }
        #expect(outcome == expected)
    }

    @Test func `every message of iiko has a test`() throws {
        let tested = Self.bills + [Self.statuses, Self.withoutKey] + Self.deliveries.map(\.0)
        #expect(try PartnerExchange.names(of: "iiko") == tested.sorted())
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
