import HTTPKit
import JSONKit
import PaymentCore
import Payments

/// One route: how it is found, who may ask, what goes in and out, what it does. The server and the OpenAPI document both come
/// from this.
struct Route: Sendable {
    /// Who may ask.
    enum Access: Sendable {
        case anybody
        /// A restaurant with its API key; whose it is, the handler finds out.
        case restaurant
        /// The gateway, with its key.
        case gateway
        /// The gateway on behalf of a user, whom ``Parameter/uid`` names.
        case user
        /// Transactions, with the token of the callback's address.
        case transactions
    }

    enum Handler: Sendable {
        /// Runs on a server thread, which it must not hold up.
        case immediate(@Sendable (Call) throws -> Answer)
        case asynchronous(@Sendable (Call) async throws -> Answer)
        /// Runs on a server thread where it can; nil leaves the request to `otherwise`.
        case atOnce(@Sendable (Call) throws -> Answer?, otherwise: @Sendable (Call) async throws -> Answer)
    }

    /// One kind of success.
    struct Success: Sendable {
        var summary: String
        var contentType = "application/json"
        /// Nil for content that JSON Schema cannot describe.
        var schema: Schema?
        var headers: [(name: String, summary: String, schema: Schema)] = []
    }

    var method: String
    /// Without captures: every path is one literal.
    var path: String
    /// A verb and its object, unique: `createOrder`.
    var operation: String
    var summary: String
    var access: Access
    /// Whether it is answered when the server has all the requests it can take.
    var isReserved = false
    var parameters: [Parameter] = []
    /// Of the JSON body; nil when there is none.
    var body: Schema?
    var success: Success
    /// The statuses of its errors, besides those that every route of its access has.
    var failures: [Int] = []
    var handler: Handler
}

extension Route.Handler {
    /// What is awaited when a server thread cannot answer.
    var asynchronous: (@Sendable (Call) async throws -> Answer)? {
        switch self {
        case .immediate: nil
        case .asynchronous(let handle), .atOnce(_, otherwise: let handle): handle
        }
    }
}

extension Route {
    /// Every status an error of this route can have.
    var failureStatuses: [Int] {
        var statuses = Set(failures + [500, 503])
        if !parameters.isEmpty || body != nil { statuses.insert(400) }
        if body != nil { statuses.insert(413) }
        switch access {
        case .anybody: break
        case .restaurant: statuses.formUnion([401, 403])
        case .user: statuses.formUnion([400, 401])
        case .gateway, .transactions: statuses.insert(401)
        }
        return statuses.sorted()
    }

    /// Every parameter, the one that the access brings along included.
    var allParameters: [Parameter] { access == .user ? [.uid] + parameters : parameters }
}
