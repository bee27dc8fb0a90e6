import EncodingKit
import PaymentCore
import SigningKit
import WorldKit

/// The API keys by which restaurants authenticate.
///
/// A key is `CLIENT_ID.NUMBER.SECRET`: the first two identify it, and the SHA-256 of the secret is compared in constant
/// time. At most two keys of a restaurant are valid, so that a new one can be deployed before the previous one ends.
package struct RestaurantKeys: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    private static let secretBytes = 32

    /// The result of a change to a restaurant's keys.
    package struct Change: Sendable {
        package var clientID: String
        /// The new key; it cannot be shown again.
        package var key: String?
        /// The numbers of the valid keys, newest first.
        package var valid: [Int]
    }

    /// Creates the restaurant's first key.
    /// - Throws: ``Problem`` `restaurant_not_found`; `key_exists` when it has one.
    package func issue(clientID: String) async throws -> Change {
        try await change(clientID) { known in
            guard known.allSatisfy({ $0.endedAt != nil }) else {
                throw Problem(
                    .conflict, "key_exists", "restaurant \(clientID) already has a key",
                    next: .rotateKey)
            }
            return Plan(makesKey: true, kept: 1)
        }
    }

    /// Creates a new key; the newest previous one stays valid as well, unless previous keys are to end immediately.
    package func rotate(clientID: String, endingFormer: Bool) async throws -> Change {
        try await change(clientID) { _ in Plan(makesKey: true, kept: endingFormer ? 1 : 2) }
    }

    /// Ends every key but the newest.
    package func endFormer(clientID: String) async throws -> Change {
        try await change(clientID) { known in
            guard known.contains(where: { $0.endedAt == nil }) else {
                throw Problem(.notFound, "key_not_found", "restaurant \(clientID) has no key")
            }
            return Plan(makesKey: false, kept: 1)
        }
    }

    private struct Plan {
        var makesKey: Bool
        /// How many of the newest keys stay valid.
        var kept: Int
    }

    private func change(
        _ clientID: String, _ plan: @escaping @Sendable ([RestaurantKeyRepository.Record]) throws -> Plan
    ) async throws -> Change {
        let now = services.world.now()
        let secret = Hex.encode(services.world.randomBytes(Self.secretBytes))
        return try await services.store.write { transaction in
            _ = try transaction.restaurant(clientID)
            let known = try transaction.restaurantKeys.keys(clientID: clientID)
            let plan = try plan(known)
            var key: String?
            if plan.makesKey {
                let number = (known.first?.number ?? 0) + 1
                try transaction.restaurantKeys.insert(
                    .init(clientID: clientID, number: number, digest: Self.digest(secret), createdAt: now))
                key = "\(clientID).\(number).\(secret)"
            }
            let valid = try transaction.restaurantKeys.keys(clientID: clientID).filter { $0.endedAt == nil }
            let kept = valid.prefix(plan.kept)
            if let oldest = kept.last {
                try transaction.restaurantKeys.end(clientID: clientID, below: oldest.number, at: now)
            }
            return Change(clientID: clientID, key: key, valid: kept.map(\.number))
        }
    }

    /// The owner of this key; nil when the key is not valid.
    package func owner(of key: String) async throws -> String? {
        if let owner = try services.store.readImmediately({ try Self.owner(of: key, in: $0) }) { return owner }
        return try await services.store.read { try Self.owner(of: key, in: $0) }
    }

    static func owner(of key: String, in transaction: StoreTransaction) throws -> String? {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        guard key.utf8.count <= 256, parts.count >= 3, let number = Int(parts[parts.count - 2]) else { return nil }
        let clientID = parts.dropLast(2).joined(separator: ".")
        guard Identifier.isValid(clientID) else { return nil }
        let expected = try transaction.restaurantKeys.digest(clientID: clientID, number: number)
        // A key that does not exist takes the same work as one that does.
        let isSame = ConstantTime.equals(
            digest(String(parts[parts.count - 1])), expected ?? Array(repeating: 0, count: SHA256.byteCount))
        return isSame && expected != nil ? clientID : nil
    }

    private static func digest(_ secret: String) -> [UInt8] { SHA256.digest(Array(secret.utf8)) }
}
