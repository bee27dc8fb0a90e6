import EncodingKit
import Glibc
import PaymentAPI
import PaymentCore
import Payments
import SQLKit
import SigningKit
import WorldKit

/// The keys with which a host uses a store.
///
/// For a file, the keys are beside it and created on first use. For a store on a server, every host has a copy of the
/// same key files: they are created for the first host that uses the store and compared with its fingerprints on the
/// others.
struct StoreKeys: Sendable {
    private let isOnServer: Bool
    private let store: Store
    private let world: World

    init(_ configuration: Configuration, _ store: Store, _ world: World) throws {
        isOnServer = StorePlace.isURL(try configuration.path(\.storePath))
        (self.store, self.world) = (store, world)
    }

    /// - Parameter isKept: whether missing keys of a store in a file are saved, or created for this process only.
    /// - Throws: ``Problem`` `key_file_not_named`, `key_file_missing`, `store_keys_differ`; a file that cannot be read.
    func deeplinks(_ configuration: Configuration, isKept: Bool) async throws -> DeeplinkSigner {
        let path = try configuration.path(\.deeplinkKeysPath)
        if isOnServer { try await expectFile(path, .deeplinks) }
        let keys = try DeeplinkKeys.keys(path: path, world: world, isKept: isKept)
        if isOnServer { try await compare(Self.fingerprints(keys.map(\.secret), .deeplinks), .deeplinks, path) }
        return DeeplinkKeys.signer(keys)
    }

    /// - Throws: as ``deeplinks(_:)``.
    func gateway(_ configuration: Configuration) async throws -> APIAccess {
        guard isOnServer else { return APIAccess(gatewayKeys: try GatewayKeys.all(configuration, world)) }
        let secret = configuration.gatewayKey
        let isInEnvironment = secret.file == nil && secret.inEnvironment != nil
        let place = isInEnvironment ? GatewayKeys.variable : try configuration.path(\.gatewayKeyPath)
        if !isInEnvironment { try await expectFile(place, .gateway) }
        let keys = try GatewayKeys.all(configuration, world)
        try await compare(Self.fingerprints(keys.map { Array($0.utf8) }, .gateway), .gateway, place)
        return APIAccess(gatewayKeys: keys)
    }

    /// The first 64 bits of each key's SHA-256: enough to tell keys apart, and useless for recovering one.
    static func fingerprints(_ keys: [[UInt8]], _ name: KeyFingerprints.Name) -> [String] {
        keys.map { Hex.encode(Array(SHA256.digest(Array("\(name.rawValue)\n".utf8) + $0).prefix(8))) }
    }

    /// A file that exists on other hosts is not created again: it would contain a different key.
    private func expectFile(_ path: String, _ name: KeyFingerprints.Name) async throws {
        guard access(path, F_OK) != 0, errno == ENOENT else { return }
        guard try await kept(name).isEmpty else {
            throw Problem.keyFileMissing(path, name)
        }
    }

    private func kept(_ name: KeyFingerprints.Name) async throws -> [String] {
        try await store.read { try $0.keys.kept(name) }
    }

    private func compare(_ own: [String], _ name: KeyFingerprints.Name, _ place: String) async throws {
        let now = world.now()
        var verdict = KeyFingerprints.verdict(own, against: try await kept(name))
        if verdict == .first || verdict == .rotated {
            verdict = try await store.write { transaction in
                let keys = transaction.keys
                let verdict = KeyFingerprints.verdict(own, against: try keys.kept(name))
                if verdict == .first || verdict == .rotated { try keys.keep(own, as: name, at: now) }
                return verdict
            }
        }
        guard verdict == .differs else { return }
        throw Problem.keysDiffer(place, name)
    }
}

extension KeyFingerprints.Name {
    /// For messages.
    var words: String {
        switch self {
        case .deeplinks: "the deeplink keys"
        case .gateway: "the gateway's keys"
        case .ordering: "the secret of the ordering system"
        }
    }
}

extension StoreKeys {
    /// Makes this host's keys the store's, whatever keys it was used with before.
    func accept(_ configuration: Configuration) async throws {
        guard isOnServer else {
            throw Problem(
                .invalid, "usage", "--accept-keys is for a store on a server; one in a file has its keys beside it",
                hint: nil)
        }
        let deeplinks = try DeeplinkKeys.keys(path: configuration.path(\.deeplinkKeysPath), world: world)
        let gateway = try GatewayKeys.all(configuration, world)
        let now = world.now()
        try await store.write { transaction in
            let keys = transaction.keys
            try keys.keep(Self.fingerprints(deeplinks.map(\.secret), .deeplinks), as: .deeplinks, at: now)
            try keys.keep(Self.fingerprints(gateway.map { Array($0.utf8) }, .gateway), as: .gateway, at: now)
        }
    }
}
