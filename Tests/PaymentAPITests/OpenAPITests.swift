import HTTPKit
import JSONKit
import PaymentAPI
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// The document at `/openapi.json` compared with the server's behavior.
@Suite struct OpenAPITests {
    static let expected = [
        "get /4.0/payments/v1/orders", "get /4.0/payments/v1/preorder", "get /availability", "get /healthz",
        "get /metrics", "get /openapi.json", "get /restaurants", "post /4.0/payments/v1/callback",
        "post /4.0/payments/v1/orders", "post /order/update", "post /orders", "post /orders/list",
    ]

    @Test func `every route is documented and served`() async throws {
        try await APIFixture.run { api async throws in
            let document = try await api.send("GET", "/openapi.json").json
            let operations = (document["paths"].members).flatMap { path, methods in
                methods.members.map { (method: $0.key, path: path, operation: $0.value) }
            }
            #expect(operations.map { "\($0.method) \($0.path)" }.sorted() == Self.expected)
            let ids = operations.compactMap { $0.operation["operationId"].text }
            #expect(Set(ids).count == Self.expected.count)
            for (method, path, operation) in operations {
                let answer = try await api.send(method.uppercased(), path)
                #expect(![404, 405].contains(answer.status), "\(method) \(path)")
                let isOpen = operation["security"] == []
                #expect((answer.status == 401) == !isOpen, "\(method) \(path)")
            }
        }
    }

    /// What the document declares required is required, and the error names the missing parameter.
    @Test func `missing required parameters are refused`() async throws {
        try await APIFixture.run { api async throws in
            let document = try await api.send("GET", "/openapi.json").json
            let link = try await api.order()
            let callback = String(api.api.callbackURL().drop { $0 != "?" })
            let report: JSON = [
                "event_id": "e", "invoice_id": "i",
                "operation": ["number": 1, "kind": "hold", "amount": "1.00", "currency": "RUB", "status": "failed"],
            ]
            let requests: [(path: String, query: String, headers: [(String, String)], body: JSON)] = [
                ("/orders", "", api.asRestaurant(), try JSON(Array(APIFixture.bill().utf8))),
                ("/orders/list", "", api.asRestaurant(), ["client_id": "cafe-42", "orders": []]),
                ("/order/update", "", APIFixture.asUser(), ["order_id": "x", "uid": "1", "status": "HELD"]),
                (
                    "/4.0/payments/v1/orders", "", APIFixture.asUser(),
                    try JSON(Array(APIFixture.payment(link).utf8))
                ),
                ("/4.0/payments/v1/callback", callback, [], report),
            ]
            for (path, query, headers, body) in requests {
                let content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
                let required = (content["schema"]["required"].elements).compactMap(\.text)
                #expect(!required.isEmpty, "\(path)")
                for name in required {
                    var members = body.members
                    #expect(members.removeValue(forKey: name) != nil, "\(path): \(name)")
                    let answer = try await api.send(
                        "POST", path + query, headers, body: JSON.object(members).json)
                    #expect(answer.status == 400, "\(path) without \(name)")
                    #expect(answer.json["message"].text?.contains(name) == true, "\(path) without \(name)")
                }
            }
        }
    }
}
