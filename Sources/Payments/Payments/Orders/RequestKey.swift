import PaymentCore
import SigningKit
import WorldKit

/// The idempotency key of a request: sent again within ``retentionSeconds``, the request has no second effect.
package struct RequestKey: Hashable, Sendable {
    /// Seven days: longer than anybody goes on sending a request.
    package static let retentionSeconds: Double = 7 * 86400

    /// Each new key takes so many old ones with it, so that a backlog goes away and no transaction is long.
    fileprivate static let sweepCount = 4

    /// Whose key it is; keys of two senders never meet.
    var scope: String
    var key: String
    /// SHA-256 of what was asked; the same key with something else is an error.
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
    /// The order that an earlier request with this key was about, as it is now; nil when there was none.
    /// - Throws: ``Problem`` `idempotency_key_reused` when that request asked for something else.
    func order(of key: RequestKey?) throws -> Order? {
        guard let key, let known = try requestKeys.record(scope: key.scope, key: key.key) else { return nil }
        guard known.digest == key.digest else {
            throw Problem(
                .conflict, "idempotency_key_reused", "the Idempotency-Key belongs to a request with another body")
        }
        return try order(known.orderID)
    }

    /// Keeps the key, in the transaction with what was asked, and drops some that nobody will send again.
    func keep(_ key: RequestKey?, orderID: String, at now: Instant) throws {
        guard let key else { return }
        try requestKeys.insert(scope: key.scope, key: key.key, digest: key.digest, orderID: orderID, at: now)
        try requestKeys.delete(
            before: now.advanced(bySeconds: -RequestKey.retentionSeconds), limit: RequestKey.sweepCount)
    }
}
