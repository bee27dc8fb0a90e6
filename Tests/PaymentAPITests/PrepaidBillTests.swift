import HTTPKit
import PaymentAPI
import PaymentCore
import Payments
import TestSupport
import Testing

/// Bills with a prepayment and with negative lines, over HTTP.
struct PrepaidBillTests {
    private static func bill(_ amount: String, prepaid: String?, _ elements: String) -> String {
        """
        {"client_id": "\(APIFixture.restaurant)", "internal_order_id": "p-1", "bill": {"currency": "RUB",
         "amount": \(amount), \(prepaid.map { "\"prepaid\": \($0)," } ?? "") "elements": [\(elements)]}}
        """
    }

    private static let soup = #"{"name": "Суп", "amount": 750}"#

    @Test func `the guest is shown the rest and what is prepaid`() async throws {
        try await APIFixture.run { api async throws in
            let bill = Self.bill("500", prepaid: "\"250.00\"", Self.soup)
            let created = try await api.send("POST", "/orders", api.asRestaurant(), body: bill)
            #expect(created.status == 200)
            let orderID = try #require(created.json["order_id"].text)
            let link = api.services.deeplinks.sign(orderID: orderID, restaurantID: APIFixture.restaurant)
            let target =
                "/4.0/payments/v1/preorder?service=restaurant&order_id=\(orderID)"
                + "&restaurant_id=\(link.restaurantID)&kid=\(link.kid)&hmac=\(link.hmac)"
            let shown = try await api.send("GET", target, APIFixture.asUser())
            #expect(shown.json["amount"] == "500.00" && shown.json["prepaid"] == "250.00")
            #expect(shown.json["lines"][0]["amount"] == "750.00" && shown.json["cashback"]["amount"] == "150.00")
        }
    }

    @Test func `nothing left to pay is a conflict`() async throws {
        try await APIFixture.run { api async throws in
            let answer = try await api.send(
                "POST", "/orders", api.asRestaurant(), body: Self.bill("0", prepaid: "750", Self.soup))
            #expect(answer.status == 409 && answer.json["code"] == "already_paid")
            #expect(try await Orders(api.services).list(.init()).isEmpty)
        }
    }

    @Test func `a line below zero is shown as such`() async throws {
        try await APIFixture.run { api async throws in
            let elements = Self.soup + #", {"name": "Скидка", "amount": -1.5e2}, {"name": "", "amount": "0.00"}"#
            let created = try await api.send(
                "POST", "/orders", api.asRestaurant(), body: Self.bill("6e2", prepaid: nil, elements))
            #expect(created.status == 200)
            let orderID = try #require(created.json["order_id"].text)
            let link = api.services.deeplinks.sign(orderID: orderID, restaurantID: APIFixture.restaurant)
            let target =
                "/4.0/payments/v1/preorder?service=restaurant&order_id=\(orderID)"
                + "&restaurant_id=\(link.restaurantID)&kid=\(link.kid)&hmac=\(link.hmac)"
            let shown = try await api.send("GET", target, APIFixture.asUser())
            #expect(shown.json["amount"] == "600.00" && shown.json["prepaid"] == "0.00")
            #expect(shown.json["lines"][1]["amount"] == "-150.00" && shown.json["lines"][2]["name"] == "(unnamed)")
        }
    }

    /// RFC 9110, section 5.5: white space around a field value is not part of it.
    @Test(arguments: [
        "X-API-Key: KEY ", "X-API-Key:KEY", "X-API-Key: \t KEY\t", "Authorization: Bearer KEY ",
        "Authorization: Bearer   KEY",
    ])
    func `blanks around a key are no part of it`(field: String) async throws {
        try await APIFixture.run { api async throws in
            let connection = try #require(RawConnection(port: api.api.port))
            let body = APIFixture.bill()
            connection.send(
                "POST /orders HTTP/1.1\r\nHost: a\r\n\(field.replacing("KEY", with: api.key))\r\n"
                    + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
            let answer = await blocking { connection.readAnswer() }
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        }
    }

    @Test func `blanks around the gateway's key are no part of it either`() async throws {
        try await APIFixture.run { api async throws in
            let connection = try #require(RawConnection(port: api.api.port))
            connection.send(
                "GET /4.0/payments/v1/orders?order_id=none HTTP/1.1\r\nHost: a\r\n"
                    + "X-Gateway-Key: \(APIFixture.gatewayKeys[0]) \t\r\nX-Yandex-UID: 4001 \r\n"
                    + "Connection: close\r\n\r\n")
            let answer = await blocking { connection.readAnswer() }
            #expect(answer.hasPrefix("HTTP/1.1 404 "), "\(answer)")
        }
    }
}
