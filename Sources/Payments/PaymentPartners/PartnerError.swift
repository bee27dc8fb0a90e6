import JSONKit

/// The partner, as displayed and as written to logs and metrics.
package enum Partner: String, CaseIterable, Codable, Sendable {
    case eda, transactions, cardstorage, cashback, check, s3
}

/// A partner could not be reached, or its response could not be used.
package struct PartnerError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Nothing was sent: refused, unresolved, or not trusted.
        case unreachable
        /// Timed out: the effect may have happened.
        case timedOut
        /// The connection broke or the body ended early: the effect may have happened.
        case interrupted
        /// A 5xx: the effect may have happened.
        case serverError(status: Int)
        /// A 4xx: the partner's own stable code, `"key_reused"` for an idempotency key with another body.
        ///
        /// It rejects our request (a key, a route, a parameter) and does not concern a guest's card, see
        /// ``PartnerError/declined(_:)``.
        case rejected(status: Int, code: String)
        /// A response that violates the protocol (not JSON, a missing field, not a PDF): the effect may have happened.
        case malformed
        /// A response that contradicts the request, or what the partner reports elsewhere: money may have moved other
        /// than we know. Repeating the request does not resolve it.
        case contradiction
    }

    package var partner: Partner
    package var code: Code
    /// The request, `"POST /v1/invoices"`.
    package var action: String
    package var message: String

    package init(partner: Partner, code: Code, action: String, message: String) {
        self.partner = partner
        self.code = code
        self.action = action
        self.message = message
    }

    /// Whether the request only read something: it had no effect.
    package var isRead: Bool { ["GET", "HEAD"].contains(action.prefix { $0 != " " }) }

    /// Whether the partner may have acted although no usable response arrived: unknown is not failure.
    package var isOutcomeUnknown: Bool {
        switch code {
        case .unreachable, .rejected: false
        case .timedOut, .interrupted, .serverError, .malformed, .contradiction: true
        }
    }
}
