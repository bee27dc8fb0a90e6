import JSONKit

/// Which partner, as shown to people and written to logs and metrics.
package enum Partner: String, CaseIterable, Codable, Sendable {
    case eda, transactions, cardstorage, cashback, check, s3
}

/// A partner could not be asked, or its answer could not be used.
package struct PartnerError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Nothing was sent: refused, unresolved, or not to be trusted.
        case unreachable
        /// The time ran out: the effect may have happened.
        case timedOut
        /// The connection broke or the body ended early: the effect may have happened.
        case interrupted
        /// A 5xx: the effect may have happened.
        case serverError(status: Int)
        /// A 4xx: the partner's own stable code, `"key_reused"` for an idempotency key with another body.
        ///
        /// It refuses us (a key, a route, a request); it is no word on a guest's card, see
        /// ``PartnerError/declined(_:)``.
        case rejected(status: Int, code: String)
        /// An answer that is not what the protocol says (not JSON, a field missing, no PDF): the effect may have happened.
        case malformed
        /// An answer that cannot be true together with what was asked, or with what the partner says elsewhere: money
        /// may have moved otherwise than we know. Asking again does not settle it.
        case contradiction
    }

    package var partner: Partner
    package var code: Code
    /// What was being done, `"POST /v1/invoices"`.
    package var action: String
    package var message: String

    package init(partner: Partner, code: Code, action: String, message: String) {
        self.partner = partner
        self.code = code
        self.action = action
        self.message = message
    }

    /// Whether it was only asked for something that is there: nothing can have happened.
    package var isRead: Bool { ["GET", "HEAD"].contains(action.prefix { $0 != " " }) }

    /// Whether the partner may have acted although no usable answer came: unknown is not failure.
    package var isOutcomeUnknown: Bool {
        switch code {
        case .unreachable, .rejected: false
        case .timedOut, .interrupted, .serverError, .malformed, .contradiction: true
        }
    }
}
