package import PaymentCore
import SigningKit

/// The requesting user, as far as the gateway knows.
package struct Audience: Hashable, Sendable {
    /// The user, or the app installation when no user is signed in.
    package var uid: String?
    package var phoneID: String?
    /// The zone nearest to the user.
    package var zone: String?

    package init(uid: String? = nil, phoneID: String? = nil, zone: String? = nil) {
        self.uid = uid
        self.phoneID = phoneID
        self.zone = zone
    }
}

/// One step of a rollout: the users it includes, and the restaurants it opens to them.
package struct Experiment: Hashable, Sendable {
    /// Decides, together with the user, who is within the percentage; another name selects other users.
    package var name: String
    /// Only in this zone; nil for everywhere.
    package var zones: Set<String>?
    package var uids: Set<String> = []
    package var phoneIDs: Set<String> = []
    /// The share of all users; each user is always in or always out.
    package var percent: Percent?
    /// The restaurants it opens, by `client_id`; nil for all.
    package var restaurants: Set<String>?

    package init(name: String) { self.name = name }

    /// In the zone, and listed or selected by percentage; with neither lists nor a percentage everyone is in.
    package func includes(_ audience: Audience) -> Bool {
        if let zones {
            guard let zone = audience.zone, zones.contains(zone) else { return false }
        }
        if uids.isEmpty, phoneIDs.isEmpty, percent == nil { return true }
        if let uid = audience.uid, uids.contains(uid) { return true }
        if let phoneID = audience.phoneID, phoneIDs.contains(phoneID) { return true }
        guard let percent, let user = audience.uid ?? audience.phoneID else { return false }
        return draws(user, percent)
    }

    /// Whether the first 64 bits of SHA-256 over `name:user`, as a fraction of 2^64, are below the percentage.
    private func draws(_ user: String, _ percent: Percent) -> Bool {
        let draw = SHA256.digest(Array("\(name):\(user)".utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return draw.multipliedFullWidth(by: Self.wholeMillionths).high < UInt64(percent.millionths)
    }

    private static let wholeMillionths: UInt64 = 100_000_000
}

/// The configured rollout: the feature is available to everyone included by any experiment.
package struct Availability: Hashable, Sendable {
    /// Nil means no rollout: everyone has the feature, with every restaurant.
    package var experiments: [Experiment]?

    package init(experiments: [Experiment]? = nil) { self.experiments = experiments }

    package func isAvailable(to audience: Audience) -> Bool {
        experiments.map { $0.contains { $0.includes(audience) } } ?? true
    }

    /// The restaurants opened to the audience; nil for all of them.
    package enum Opening: Hashable, Sendable {
        case all
        case only(Set<String>)

        package func contains(_ clientID: String) -> Bool {
            switch self {
            case .all: true
            case .only(let restaurants): restaurants.contains(clientID)
            }
        }
    }

    package func opening(to audience: Audience) -> Opening {
        guard let experiments else { return .all }
        var restaurants: Set<String> = []
        for experiment in experiments where experiment.includes(audience) {
            guard let opened = experiment.restaurants else { return .all }
            restaurants.formUnion(opened)
        }
        return .only(restaurants)
    }
}

extension Restaurants {
    /// The restaurants where the audience may pay: in its zone or in none, and opened to it.
    package func offered(to audience: Audience, under availability: Availability) async throws -> [Listed] {
        let opening = availability.opening(to: audience)
        if case .only(let restaurants) = opening, restaurants.isEmpty { return [] }
        return try await list().filter { listed in
            let zone = listed.restaurant.zone
            let isNear = zone == nil || audience.zone == nil || zone == audience.zone
            return isNear && opening.contains(listed.restaurant.clientID)
        }
    }
}
