package import QRPayDomain
import QRPayStore

package struct Restaurants: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Listed: Sendable {
        package var restaurant: Restaurant
        /// The rule in force now, its own or the default.
        package var rule: CashbackRule?
    }

    /// Adds a restaurant, or renames and moves the one of that id; a percentage becomes its rule from now on.
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
            let rule = CashbackRule(ruleID: ruleID, clientID: clientID, percent: cashback, validFrom: now)
            try transaction.cashback.insert(rule)
            return Listed(restaurant: restaurant, rule: rule)
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
