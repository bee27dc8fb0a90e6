import PaymentCore
import SigningKit
import WorldKit

/// The idempotency key of a request: repeated within ``retentionSeconds``, the request has no second effect.
package struct RequestKey: Hashable, Sendable {
    /// Seven days: longer than clients keep retrying a request.
    package static let retentionSeconds: Double = 7 * 86400

    /// Each new key deletes up to this many expired ones, which clears a backlog and keeps transactions short.
    fileprivate static let sweepCount = 4

    /// The sender of the key; keys of different senders never collide.
    var scope: String
    var key: String
    /// SHA-256 of the request's content; the same key with other content is an error.
    var digest: [UInt8]

    /// - Throws: ``Problem`` `bad_request` when it is not 1 to 200 visible ASCII characters.
    package init(_ key: String, scope: String, body: [UInt8]) throws {
        guard Self.isValid(key) else {
            throw Problem(.invalid, "bad_request", "Idempotency-Key: not 1 to 200 visible ASCII characters")
        }
        self.scope = scope
        self.key = key
        digest = SHA256.digest(body)
    }

    /// 1 to 200 visible ASCII characters.
    package static func isValid(_ key: String) -> Bool {
        (1...200).contains(key.utf8.count) && key.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

extension StoreTransaction {
    /// The current state of the order of an earlier request with this key; nil when there was none.
    /// - Throws: ``Problem`` `idempotency_key_reused` when that request had other content.
    func order(of key: RequestKey?) throws -> Order? {
        guard let key, let known = try requestKeys.record(scope: key.scope, key: key.key) else { return nil }
        guard known.digest == key.digest else {
            throw Problem(
                .conflict, "idempotency_key_reused", "the Idempotency-Key belongs to a request with another body")
        }
        return try order(known.orderID)
    }

    /// Stores the key in the same transaction as the request's effect, and deletes some expired keys.
    func keep(_ key: RequestKey?, orderID: String, at now: Instant) throws {
        guard let key else { return }
        try requestKeys.insert(scope: key.scope, key: key.key, digest: key.digest, orderID: orderID, at: now)
        try requestKeys.delete(
            before: now.advanced(bySeconds: -RequestKey.retentionSeconds), limit: RequestKey.sweepCount)
    }
}
