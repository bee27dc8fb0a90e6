import HTTPKit
import JSONKit
import Payments

extension RouteAccess {
    /// A restaurant with its API key; the handler determines which one.
    static let restaurant = RouteAccess(
        "restaurant", schemes: ["restaurantKey", "restaurantBearer"], failures: [401, 403])
    /// The gateway, with its key; on behalf of a user where the route reads ``Input/uid``.
    static let gateway = RouteAccess("gateway", schemes: ["gatewayKey"], failures: [401])
    /// Transactions, with the token of the callback URL.
    static let transactions = RouteAccess("transactions", schemes: ["callbackToken"], failures: [401])
}

/// Who may use the API, see ``RouteAccess``.
enum APIGate {
    /// The security schemes of the OpenAPI document.
    static let schemes: JSONValue = [
        "restaurantKey": ["type": "apiKey", "in": "header", "name": .string(APIAccess.restaurantHeader)],
        "restaurantBearer": ["type": "http", "scheme": "bearer"],
        "gatewayKey": ["type": "apiKey", "in": "header", "name": .string(APIAccess.gatewayHeader)],
        "callbackToken": ["type": "apiKey", "in": "query", "name": .string(APIAccess.tokenName)],
    ]

    /// - Parameter isRestaurantKey: verifies a restaurant's API key.
    static func gate(
        _ access: APIAccess, isRestaurantKey: @escaping @Sendable (String) async throws -> Bool
    ) -> RouteGate {
        let confirm: @Sendable (HTTPServerRequest) async throws -> Void = { request in
            guard try await isRestaurantKey(restaurantKey(of: request)) else { throw Problem.badKey }
        }
        return RouteGate(
            check: { kind, request in
                switch kind {
                case .restaurant: _ = try restaurantKey(of: request)
                case .gateway: try access.checkGateway(request.headers)
                case .transactions: try access.checkCallback(request.queryValue(APIAccess.tokenName))
                default: break
                }
            },
            confirmation: { $0 == .restaurant ? confirm : nil })
    }

    /// The restaurant's API key, as sent; not yet verified.
    static func restaurantKey(of request: HTTPServerRequest) throws -> String {
        if let key = request.headers[APIAccess.restaurantHeader] { return key }
        let scheme = "bearer "
        guard let authorization = request.headers["Authorization"],
            authorization.prefix(scheme.count).lowercased() == scheme
        else { throw Problem.badKey }
        return String(authorization.dropFirst(scheme.count).drop { $0 == " " })
    }
}
