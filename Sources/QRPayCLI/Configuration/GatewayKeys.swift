import EncodingKit
import FoundationEssentials
import Glibc
import PaymentCore
import Payments
import SigningKit
import WorldKit

/// The key that authenticates the gateway: a text file readable only by its owner, created on first use; or,
/// weaker, in the environment.
///
/// One key per line; during rotation there are two, newest first.
enum GatewayKeys {
    private static let lengths = 32...256
    static let variable = "QRPAY_GATEWAY_KEY"

    /// The keys; they are created on first use.
    static func all(_ configuration: Configuration, _ world: World) throws -> [String] {
        try known(configuration) ?? make(configuration.path(\.gatewayKeyPath), world)
    }

    /// The key that authenticates this process to a server as the gateway; nil for none.
    static func own(_ configuration: Configuration) throws -> String? { try known(configuration)?.first }

    /// The keys in the given file, else in the environment, else next to the store.
    static func known(_ configuration: Configuration) throws -> [String]? {
        let secret = configuration.gatewayKey
        if secret.file == nil, let text = secret.inEnvironment { return try read(text, from: variable) }
        return try configuration.gatewayKeyPath.flatMap(load)
    }

    /// The keys in the file; nil if the file does not exist.
    static func load(_ path: String) throws -> [String]? {
        guard Glibc.access(path, F_OK) == 0 else { return nil }
        return try read(LocalFile.readText(path, maximumBytes: 4096, what: "the gateway's key"), from: path)
    }

    private static func read(_ text: String, from place: String) throws -> [String] {
        let keys = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let isVisible: (UInt8) -> Bool = { (0x21...0x7E).contains($0) }
        guard (1...2).contains(keys.count),
            keys.allSatisfy({ lengths.contains($0.utf8.count) && $0.utf8.allSatisfy(isVisible) })
        else {
            throw Problem(
                .invalid, "bad_gateway_key",
                "\(place): must hold one or two keys of \(lengths.lowerBound) to \(lengths.upperBound) characters, "
                    + "one per line"
            )
        }
        return keys
    }

    /// The first process creates it; a concurrent one reads that one.
    private static func make(_ path: String, _ world: World) throws -> [String] {
        try LocalFile.makeSecret(Array("\(Hex.encode(world.randomBytes(32)))\n".utf8), at: path)
        guard let keys = try load(path) else {
            throw Problem(.invalid, "cannot_write", "\(path): the gateway's key cannot be created")
        }
        return keys
    }
}
