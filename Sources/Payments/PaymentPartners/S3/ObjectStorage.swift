import PaymentCore
package import WorldKit

/// An S3-compatible bucket.
package protocol ObjectStorage: Sendable {
    func exists(key: String) async throws -> Bool
    /// Stores an object, replacing one with the same key.
    /// - Throws: ``PartnerError``, `malformed` when the store reports other content than was sent.
    func put(key: String, body: [UInt8], contentType: String) async throws
    func get(key: String) async throws -> [UInt8]
    /// A link that fetches the object without credentials until it expires, at most 604,800 seconds from `now`.
    func presignedURL(key: String, expiresInSeconds: Int, now: Instant) throws -> String
}
