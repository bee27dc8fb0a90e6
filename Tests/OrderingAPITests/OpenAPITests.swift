import HTTPKit
import JSONKit
import OrderingCore
import Testing

@testable import OrderingAPI

/// The document at `/openapi.json`. Every answer of every test of this module is compared with it.
@Suite(.timeLimit(.minutes(10))) struct OpenAPITests {
    private static let expected = [
        "get /GetBasket", "get /List", "get /api/v1/billing/account", "get /api/v1/identity/profile",
        "get /api/v1/notifications", "get /api/v1/ordering/basket", "get /api/v1/ordering/orders",
        "get /api/v1/ordering/orders/{id}", "get /api/v1/push", "get /healthz", "get /metrics", "get /openapi.json",
        "post /CreateUser", "post /DepositCash", "post /Order", "post /api/v1/billing/account/deposit",
        "post /api/v1/billing/account/withdraw", "post /api/v1/identity/login", "post /api/v1/identity/logout",
        "post /api/v1/identity/register", "post /api/v1/ordering/orders", "put /api/v1/identity/profile",
    ]

    @Test func `every route is documented and served, and guarded where the document says so`() async throws {
        try await ShopServer.run { shop in
            let document = try await shop.send("GET", "/openapi.json").json
            let operations = (document.member("paths")?.object?.members ?? []).flatMap { path in
                (path.value.object?.members ?? []).map { (method: $0.name, path: path.name, operation: $0.value) }
            }
            #expect(operations.map { "\($0.method) \($0.path)" }.sorted() == Self.expected)
            for (method, path, operation) in operations {
                let answer = try await shop.send(method.uppercased(), path.replacing("{id}", with: "x"))
                #expect(![404, 405].contains(answer.status), "\(method) \(path): \(answer)")
                let isOpen = operation.member("security") == .array([])
                #expect((answer.status == 401) == !isOpen, "\(method) \(path): \(answer)")
            }
        }
    }

    @Test func `an answer that the document does not have is found`() async throws {
        try await ShopServer.run { shop in
            let check = OpenAPICheck(root: try await shop.send("GET", "/openapi.json").json)
            func found(_ path: String, _ status: Int, _ body: String, _ type: String = "application/json") -> [String] {
                let headers = HTTPHeaders([("Content-Type", type), ("ETag", "x")])
                return check.findings(
                    "GET", path, HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
            }
            let order = #"{"id": "o", "price": 1, "status": "pending", "createdAt": "x"}"#
            #expect(found("/api/v1/ordering/orders", 200, "[\(order)]").isEmpty)
            #expect(!found("/api/v1/ordering/orders", 418, "[]").isEmpty)
            #expect(!found("/api/v1/ordering/orders", 200, "[]", "text/plain").isEmpty)
            #expect(!found("/api/v1/ordering/orders", 200, #"[{"id": "o"}]"#).isEmpty)
            #expect(!found("/api/v1/ordering/orders", 200, "{}").isEmpty)
            #expect(!found("/api/v1/other", 200, "{}").isEmpty)
            let other = order.replacing("pending", with: "lost")
            #expect(!found("/api/v1/ordering/orders/o", 200, other).isEmpty)
        }
    }
}
