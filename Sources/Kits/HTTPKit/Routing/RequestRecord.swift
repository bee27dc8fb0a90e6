package import WorldKit

/// What is logged of a request: no secrets, no users, no query.
package struct RequestRecord: Sendable {
    package var at: Instant
    package var method: String
    /// The route's path as declared; `none` for an unknown route.
    package var route: String
    package var status: Int
    package var seconds: Double
    /// The header `X-Request-Id` as received.
    package var requestID: String?
    /// The header `X-Correlation-Id` of the response: what everything that the request caused has in common.
    package var correlationID: String?
    /// On whose behalf it was, once that was verified.
    package var subject: String?
    /// Why it was not answered as its route declares.
    package var failure: (any Error)?

    package static let correlationHeader = "X-Correlation-Id"
}
