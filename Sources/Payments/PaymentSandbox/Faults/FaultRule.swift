package import JSONKit
package import PaymentPartners

/// When a partner misbehaves, and how.
///
/// ```json
/// {"partner": "transactions", "method": "PUT", "route": "/v1/invoices/*/operations", "probability": 0.2,
///  "kind": "effect_then_reset", "seed": 7}
/// ```
package struct FaultRule: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        /// The request is processed, `milliseconds` later.
        case latency
        /// No effect; the response is `status`, 503 by default.
        case status
        /// No effect; the connection is closed.
        case reset
        /// The effect happens; the response breaks off in the middle.
        case truncated
        /// No effect; the response is a 200 with meaningless bytes.
        case garbage
        /// The effect happens; the connection stays silent for `milliseconds` (default ``silenceMilliseconds``) and is
        /// closed.
        case effectThenTimeout = "effect_then_timeout"
        /// The effect happens; the connection is closed.
        case effectThenReset = "effect_then_reset"
    }

    /// How long ``Kind/effectThenTimeout`` stays silent by default.
    package static let silenceMilliseconds = 30_000

    package var partner: Partner
    /// Nil matches any.
    package var method: String?
    /// The path below the partner begins with these segments; `*` matches any single segment. Nil matches any path.
    package var route: String?
    /// The probability that a matching request is hit, 0 to 1; nil is always.
    package var probability: Double?
    /// Only this many of the first matching requests are hit; then the partner has recovered.
    package var first: Int?
    package var kind: Kind
    package var milliseconds: Int?
    package var status: Int?
    /// Another seed hits other requests; the default is 0.
    package var seed: UInt64?

    package init(
        partner: Partner, method: String? = nil, route: String? = nil, probability: Double? = nil, first: Int? = nil,
        kind: Kind, milliseconds: Int? = nil, status: Int? = nil, seed: UInt64? = nil
    ) {
        self.partner = partner
        self.method = method
        self.route = route
        self.probability = probability
        self.first = first
        self.kind = kind
        self.milliseconds = milliseconds
        self.status = status
        self.seed = seed
    }

    /// - Throws: ``FieldError`` for a number out of range.
    package func check() throws(FieldError) {
        guard (0...1).contains(probability ?? 0) else { throw FieldError(field: "probability", problem: "not 0 to 1") }
        guard (first ?? 1) >= 1 else { throw FieldError(field: "first", problem: "below 1") }
        guard (0...600_000).contains(milliseconds ?? 0) else {
            throw FieldError(field: "milliseconds", problem: "not 0 to 600000")
        }
        guard (400...599).contains(status ?? 503) else { throw FieldError(field: "status", problem: "not 400 to 599") }
    }

    /// - Parameter path: the segments below the partner's prefix.
    func matches(partner: Partner, method: String, path: [String]) -> Bool {
        guard partner == self.partner, self.method.map({ $0 == method }) ?? true else { return false }
        let wanted = (route ?? "").split(separator: "/")
        return wanted.count <= path.count && zip(wanted, path).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
