import EncodingKit
import OrderingCore
package import SigningKit

/// Derives what is kept and sent instead of passwords and names.
///
/// The key of a password is derived once, at the gateway and outside of every transaction, because it takes a tenth of
/// a second and 32 MiB. What is kept is the key's SHA-256: neither the identity service's store nor a message or a
/// staged request is enough to log in with. The salt is an HMAC of the email under a secret of the installation: it is
/// different for each user and cannot be computed beforehand, and the same password gives the same key, so that a
/// repeated registration is recognized.
package struct PasswordKeys: Sendable {
    private let secret: [UInt8]
    private let scrypt: Scrypt
    private let threads: PasswordThreads?

    /// - Parameters:
    ///   - secret: 32 random bytes, kept with the gateway's store.
    ///   - threads: where keys are derived; nil for the caller's own, where nothing else waits for it.
    package init(secret: [UInt8], scrypt: Scrypt = .interactive, threads: PasswordThreads? = nil) {
        self.secret = secret
        self.scrypt = scrypt
        self.threads = threads
    }

    /// The user with an email address: the same id each time, and none that can be guessed from the address.
    package func userID(email: String) -> String { id("email", email.lowercased()) }

    /// The user with a name alone.
    package func userID(name: String) -> String { id("name", name) }

    private func id(_ kind: String, _ text: String) -> String {
        Hex.encode(Array(HMACSHA256.authenticate(Array("id:\(kind):\(text)".utf8), key: secret).prefix(16)))
    }

    /// 64 hexadecimal digits.
    /// - Throws: ``SigningKit/Scrypt/OutOfMemory``, ``PasswordThreads/Busy``.
    package func key(password: String, email: String) async throws -> String {
        let salt = HMACSHA256.authenticate(Array("salt:\(email.lowercased())".utf8), key: secret)
        let derive = { @Sendable [scrypt] in try scrypt.key(password: Array(password.utf8), salt: salt) }
        guard let threads else { return Hex.encode(try derive()) }
        return Hex.encode(try await threads.run(derive))
    }

    /// What is kept of a key, or of a token: 64 hexadecimal digits.
    package static func hash(_ key: String) -> String { Hex.encode(SHA256.digest(Array(key.utf8))) }

    /// Whether a key is the one whose hash is kept; the time taken tells nothing of it.
    static func hash(_ key: String, isKeptAs kept: String) -> Bool {
        ConstantTime.equals(Array(hash(key).utf8), Array(kept.utf8))
    }
}
