import JSONKit
import PaymentCore
package import Payments
package import WorldKit

/// What is logged of a request: no secrets, no users, no query.
package struct RequestRecord: Sendable {
    package var at: Instant
    package var method: String
    /// The route's path as declared; `none` for an unknown route.
    package var route: String
    package var status: Int
    package var seconds: Double
    /// `X-Request-Id`, if it is an ``PaymentCore/Identifier``.
    package var requestID: String?
    /// The restaurant, once its key was verified.
    package var clientID: String?
    package var failure: Problem?

    /// One line of JSON, without its newline.
    package var json: String {
        var members: [(name: String, value: JSONValue)] = [
            ("at", .string(at.rfc3339)), ("event", "request"), ("method", .string(method)), ("route", .string(route)),
            ("status", .integer(status)), ("us", .integer(Int(seconds * 1_000_000))),
        ]
        if let requestID { members.append(("request_id", .string(requestID))) }
        if let clientID { members.append(("client_id", .string(clientID))) }
        if let failure {
            members.append(("code", .string(failure.code)))
            // A client error may quote the client's input; for our own errors operators need the details.
            if status >= 500 { members.append(("error", .string(failure.message))) }
        }
        return JSONValue.members(members).compact
    }
}
