import PaymentCore
package import WorldKit

/// An S3-compatible bucket.
package protocol ObjectStorage: Sendable {
    func exists(key: String) async throws -> Bool
    /// Stores an object, replacing one of that key.
    /// - Throws: ``PartnerError``, `malformed` where the store says that it keeps something else than was sent.
    func put(key: String, body: [UInt8], contentType: String) async throws
    func get(key: String) async throws -> [UInt8]
    /// A link that fetches the object without credentials until it expires, at most 604,800 seconds from `now`.
    func presignedURL(key: String, expiresInSeconds: Int, now: Instant) throws -> String
}
