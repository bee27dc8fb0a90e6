import EncodingKit
import Glibc
import JSONKit
import PaymentCore
import Payments
import SigningKit
import WorldKit

/// The keys that sign deeplinks: a JSON file readable only by its owner, created on first use.
enum DeeplinkKeys {
    private struct File: Codable {
        struct Key: Codable {
            var kid: String
            /// 64 hexadecimal digits.
            var secret: String
        }

        /// Newest first; the first signs, all verify.
        var keys: [Key]
    }

    /// - Parameter isKept: whether missing keys are saved to the file, or made for this process only.
    static func keys(path: String, world: World, isKept: Bool = true) throws -> [DeeplinkKey] {
        try load(path) ?? (isKept ? make(path, world) : [generated(world)])
    }

    static func generated(_ world: World) -> DeeplinkKey { DeeplinkKey(kid: "k1", secret: world.randomBytes(32)) }

    static func signer(_ keys: [DeeplinkKey]) -> DeeplinkSigner {
        DeeplinkSigner(
            keys: keys, authenticate: { HMACSHA256.authenticate($0, key: $1) }, equals: { ConstantTime.equals($0, $1) })
    }

    /// The keys in the file; nil if the file does not exist.
    static func load(_ path: String) throws -> [DeeplinkKey]? {
        guard access(path, F_OK) == 0 else { return nil }
        let text = try LocalFile.readText(path, maximumBytes: 64 << 10, what: "the deeplink keys")
        let file = try? JSON.decode(File.self, from: Array(text.utf8), as: .commented)
        let keys = file?.keys.compactMap { key in
            Hex.decode(key.secret).flatMap {
                $0.count >= 16 && Identifier.isValid(key.kid) ? DeeplinkKey(kid: key.kid, secret: $0) : nil
            }
        }
        guard let keys, keys.count == file?.keys.count, (1...2).contains(keys.count),
            Set(keys.map(\.kid)).count == keys.count
        else {
            throw Problem(
                .invalid, "bad_deeplink_keys",
                "\(path): must hold one or two keys, each with its own kid and a hexadecimal secret")
        }
        return keys
    }

    /// The first process creates them; a concurrent one reads those.
    private static func make(_ path: String, _ world: World) throws -> [DeeplinkKey] {
        let key = File.Key(kid: "k1", secret: Hex.encode(world.randomBytes(32)))
        try LocalFile.makeSecret(try JSON.encodeIndented(File(keys: [key])), at: path)
        guard let keys = try load(path) else {
            throw Problem(.invalid, "cannot_write", "\(path): the deeplink keys cannot be created")
        }
        return keys
    }
}
