package import PaymentCore
import SigningKit

/// Who is asking, as far as the gateway knows.
package struct Audience: Hashable, Sendable {
    /// The user, or the installation of the app where nobody is signed in.
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

/// One step of a rollout: whom it opens the feature to, and which restaurants to them (seed 001).
package struct Experiment: Hashable, Sendable {
    /// Decides with the user who is within the percentage; another name draws other users.
    package var name: String
    /// Only there; nil for everywhere.
    package var zones: Set<String>?
    package var uids: Set<String> = []
    package var phoneIDs: Set<String> = []
    /// The share of all users, each always in or always out.
    package var percent: Percent?
    /// The restaurants it opens, by `client_id`; nil for all.
    package var restaurants: Set<String>?

    package init(name: String) { self.name = name }

    /// In the zone, and named or drawn; with neither lists nor a percentage everybody is in.
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

    /// Whether the first 64 bits of SHA-256 over `name:user`, as a share of 2^64, lie below the percentage.
    private func draws(_ user: String, _ percent: Percent) -> Bool {
        let draw = SHA256.digest(Array("\(name):\(user)".utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return draw.multipliedFullWidth(by: Self.wholeMillionths).high < UInt64(percent.millionths)
    }

    private static let wholeMillionths: UInt64 = 100_000_000
}

/// The rollout as configured: the feature is there for whom any experiment includes.
package struct Availability: Hashable, Sendable {
    /// Nil is no rollout at all: everybody has it, with every restaurant.
    package var experiments: [Experiment]?

    package init(experiments: [Experiment]? = nil) { self.experiments = experiments }

    package func isAvailable(to audience: Audience) -> Bool {
        experiments.map { $0.contains { $0.includes(audience) } } ?? true
    }

    /// The restaurants opened to the audience: all of them where nil.
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
    /// The restaurants that the audience may pay in: of its zone or of none, and opened to it.
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
