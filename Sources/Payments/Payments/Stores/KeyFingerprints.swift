import EncodingKit
package import SQLKit
package import WorldKit

/// Compares this host's keys with those that a store is used with.
///
/// Many hosts use a store on a server; a host with different keys would sign data that the others refuse. The store
/// keeps fingerprints of the current key and of earlier ones, never a key.
package struct KeyFingerprints {
    /// A key's name.
    package enum Name: String, CaseIterable, Sendable {
        case deeplinks = "deeplink_keys"
        case gateway = "gateway_key"
        case ordering = "ordering_secret"
    }

    /// How a host's keys relate to the store's.
    package enum Verdict: Hashable, Sendable {
        /// Both use the same key.
        case same
        /// The store has no fingerprint yet.
        case first
        /// The host uses a new key and still accepts the store's: a rotation.
        case rotated
        /// The host does not know the store's current key, or uses an earlier one.
        case differs
    }

    private let connection: any SQLConnection

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Newest first; empty if the store has none.
    package func kept(_ name: Name) throws -> [String] {
        try connection.query("SELECT fingerprints FROM store_keys WHERE name = $1", [.text(name.rawValue)]).first
            .map { try $0.text("fingerprints").split(separator: " ").map(String.init) } ?? []
    }

    /// - Parameter own: fingerprints of this host's keys, the current one first; not empty.
    package static func verdict(_ own: [String], against kept: [String]) -> Verdict {
        guard let current = kept.first else { return .first }
        if own.first == current { return .same }
        guard let first = own.first, own.contains(current), !kept.contains(first) else { return .differs }
        return .rotated
    }

    /// How many former keys are remembered, so that an old key file is not mistaken for a rotation.
    private static let limit = 20

    /// Makes `own` the store's current keys.
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
