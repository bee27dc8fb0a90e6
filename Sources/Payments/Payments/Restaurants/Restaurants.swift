package import PaymentCore
import WorldKit

package struct Restaurants: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Listed: Sendable {
        package var restaurant: Restaurant
        /// The rule in force, its own or the default.
        package var rule: CashbackRule?
    }

    /// The changes to a restaurant; nil leaves a value as it is.
    package struct Edit: Sendable {
        package var name: String?
        package var zone: Zone?
        package var rule: CashbackRules.Draft?

        package enum Zone: Hashable, Sendable {
            case everywhere
            case only(String)
        }

        package init() {}
    }

    package struct Details: Sendable {
        package var listed: Listed
        /// Its own rules and the default ones.
        package var rules: [CashbackRules.Listed]
        /// The numbers of its valid API keys, newest first.
        package var keys: [Int]
    }

    package func isKnown(_ clientID: String) async throws -> Bool {
        try await services.store.read { try $0.restaurants.restaurant(clientID: clientID) != nil }
    }

    /// Adds a restaurant, or updates the name and address of an existing one; a percentage becomes its rule from now
    /// on.
    package func add(clientID: String, name: String, zone: String?, cashback: Percent?) async throws -> Listed {
        let now = services.world.now()
        let ruleID = services.world.newID()
        return try await services.store.write { transaction in
            let known = try transaction.restaurants.restaurant(clientID: clientID)
            let restaurant = Restaurant(
                clientID: clientID, name: name, zone: zone, createdAt: known?.createdAt ?? now)
            try transaction.restaurants.save(restaurant)
            let inForce = CashbackRule.inForce(
                try transaction.cashback.rules(clientID: clientID), clientID: clientID, at: now)
            guard let cashback, inForce?.clientID == nil || inForce?.percent != cashback else {
                return Listed(restaurant: restaurant, rule: inForce)
            }
            let rule = try transaction.add(
                CashbackRules.Draft(percent: cashback), clientID: clientID, ruleID: ruleID, at: now)
            return Listed(restaurant: restaurant, rule: rule)
        }
    }

    /// Changes a restaurant. Receipts of earlier payments keep the name they have.
    /// - Throws: ``Problem`` `restaurant_not_found`, `bad_rule`.
    package func set(_ clientID: String, _ edit: Edit) async throws -> Details {
        let now = services.world.now()
        let ruleID = services.world.newID()
        return try await services.store.write { transaction in
            var restaurant = try transaction.restaurant(clientID)
            restaurant.name = edit.name ?? restaurant.name
            switch edit.zone {
            case nil: break
            case .everywhere: restaurant.zone = nil
            case .only(let zone): restaurant.zone = zone
            }
            try transaction.restaurants.save(restaurant)
            if let draft = edit.rule {
                _ = try transaction.add(draft, clientID: clientID, ruleID: ruleID, at: now)
            }
            return try transaction.details(of: restaurant, at: now)
        }
    }

    /// - Throws: ``Problem`` `restaurant_not_found`.
    package func details(_ clientID: String) async throws -> Details {
        let now = services.world.now()
        return try await services.store.read { transaction in
            try transaction.details(of: try transaction.restaurant(clientID), at: now)
        }
    }

    package func list() async throws -> [Listed] {
        let now = services.world.now()
        return try await services.store.read { transaction in
            let rules = Dictionary(grouping: try transaction.cashback.rules(clientID: nil), by: \.clientID)
            return try transaction.restaurants.restaurants().map { restaurant in
                let candidates = rules[restaurant.clientID, default: []] + rules[nil, default: []]
                return Listed(
                    restaurant: restaurant,
                    rule: CashbackRule.inForce(candidates, clientID: restaurant.clientID, at: now))
            }
        }
    }
}

extension StoreTransaction {
    fileprivate func details(of restaurant: Restaurant, at now: Instant) throws -> Restaurants.Details {
        let rules = try cashback.rules(clientID: restaurant.clientID)
        return Restaurants.Details(
            listed: Restaurants.Listed(
                restaurant: restaurant, rule: CashbackRule.inForce(rules, clientID: restaurant.clientID, at: now)),
            rules: CashbackRules.listed(rules, at: now),
            keys: try restaurantKeys.keys(clientID: restaurant.clientID).filter { $0.endedAt == nil }.map(\.number))
    }
}
