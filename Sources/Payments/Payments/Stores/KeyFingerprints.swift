import EncodingKit
package import SQLKit
package import WorldKit

/// The keys of this host against those that a store is used with.
///
/// A store on a server is used by many hosts; one with other keys would sign what the others refuse. The store keeps
/// the fingerprint of the key in use and of those before it, never a key.
package struct KeyFingerprints {
    /// Which keys.
    package enum Name: String, CaseIterable, Sendable {
        case deeplinks = "deeplink_keys"
        case gateway = "gateway_key"
        case ordering = "ordering_secret"
    }

    /// How a host's keys relate to the store's.
    package enum Verdict: Hashable, Sendable {
        /// The same key is in use.
        case same
        /// The store has none yet.
        case first
        /// A new key is in use here, and the store's is still accepted: a rotation.
        case rotated
        /// The host does not know the key in use, or it uses one from before it.
        case differs
    }

    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Newest first; empty for none.
    package func kept(_ name: Name) throws -> [String] {
        try connection.query("SELECT fingerprints FROM store_keys WHERE name = $1", [.text(name.rawValue)]).first
            .map { try $0.text("fingerprints").split(separator: " ").map(String.init) } ?? []
    }

    /// - Parameter own: of this host's keys, the one in use first; not empty.
    package static func verdict(_ own: [String], against kept: [String]) -> Verdict {
        guard let current = kept.first else { return .first }
        if own.first == current { return .same }
        guard let first = own.first, own.contains(current), !kept.contains(first) else { return .differs }
        return .rotated
    }

    /// How many former keys are remembered, so that an old file is not taken for a rotation.
    private static let limit = 20

    /// Makes `own` the keys in use.
    package func keep(_ own: [String], as name: Name, at instant: Instant) throws {
        let former = try kept(name).filter { !own.contains($0) }
        let text = (own + former).prefix(Self.limit).joined(separator: " ")
        try connection.execute(
            """
            INSERT INTO store_keys (name, fingerprints, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET fingerprints = excluded.fingerprints, updated_at = excluded.updated_at
            """, [.text(name.rawValue), .text(text), .instant(instant)])
    }
}
