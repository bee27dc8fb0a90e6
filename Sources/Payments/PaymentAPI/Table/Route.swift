import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// One route: its path, access, parameters, bodies and handler. The server and the OpenAPI document are both derived
/// from it.
struct Route: Sendable {
    /// Who may use the route.
    enum Access: Sendable {
        case anyone
        /// A restaurant with its API key; the handler determines which one.
        case restaurant
        /// The gateway, with its key.
        case gateway
        /// The gateway on behalf of the user named by ``Parameter/uid``.
        case user
        /// Transactions, with the token of the callback URL.
        case transactions
    }

    enum Handler: Sendable {
        /// Runs on a server thread, which it must not block.
        case immediate(@Sendable (Call) throws -> Answer)
        case asynchronous(@Sendable (Call) async throws -> Answer)
        /// Runs on a server thread where it can; nil passes the request to `otherwise`.
        case atOnce(@Sendable (Call) throws -> Answer?, otherwise: @Sendable (Call) async throws -> Answer)
    }

    /// One kind of successful response.
    struct Success: Sendable {
        var summary: String
        var contentType = "application/json"
        /// Nil for content that JSON Schema cannot describe.
        var schema: Schema?
        var headers: [(name: String, summary: String, schema: Schema)] = []
    }

    var method: String
    /// Without placeholders: every path is literal.
    var path: String
    /// A verb and its object, unique: `createOrder`.
    var operation: String
    var summary: String
    var access: Access
    /// Whether it is answered even when the server has reached its limit of requests.
    var isReserved = false
    var parameters: [Parameter] = []
    /// The schema of the JSON body; nil when there is none.
    var body: Schema?
    var success: Success
    /// The statuses of its errors, in addition to those of its access.
    var failures: [Int] = []
    var handler: Handler
}

extension Route.Handler {
    /// Awaited when a server thread cannot answer.
    var asynchronous: (@Sendable (Call) async throws -> Answer)? {
        switch self {
        case .immediate: nil
        case .asynchronous(let handle), .atOnce(_, otherwise: let handle): handle
        }
    }
}

extension Route {
    /// Every error status of this route.
    var failureStatuses: [Int] {
        var statuses = Set(failures + [500, 503])
        if !parameters.isEmpty || body != nil { statuses.insert(400) }
        if body != nil { statuses.insert(413) }
        switch access {
        case .anyone: break
        case .restaurant: statuses.formUnion([401, 403])
        case .user: statuses.formUnion([400, 401])
        case .gateway, .transactions: statuses.insert(401)
        }
        return statuses.sorted()
    }

    /// Every parameter, including that of its access.
    var allParameters: [Parameter] { access == .user ? [.uid] + parameters : parameters }
}
