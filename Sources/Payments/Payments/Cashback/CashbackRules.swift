package import PaymentCore
package import WorldKit

/// The cashback that restaurants promise to paying guests. A rule is never changed, only ended: orders refer to it.
package struct CashbackRules: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// A rule to create.
    package struct Draft: Hashable, Sendable {
        package var percent: Percent
        package var minimumBill: Money?
        package var cap: Money?
        /// Nil for the current time.
        package var validFrom: Instant?
        package var validUntil: Instant?

        package init(percent: Percent) { self.percent = percent }
    }

    package struct Listed: Hashable, Sendable {
        package var rule: CashbackRule
        package var status: CashbackRule.Status
    }

    /// By restaurant, default rules first, then by start of validity.
    /// - Parameter clientID: only this restaurant's own rules and the default ones; nil for all.
    package func list(clientID: String? = nil) async throws -> [Listed] {
        let now = services.world.now()
        return try await services.store.read { transaction in
            Self.listed(try transaction.cashback.rules(clientID: clientID), at: now)
        }
    }

    static func listed(_ rules: [CashbackRule], at now: Instant) -> [Listed] {
        rules.map { Listed(rule: $0, status: $0.status(among: rules, at: now)) }
    }

    /// Creates a rule, unless the one in force promises the same without an end.
    /// - Parameter clientID: nil for a default rule.
    /// - Throws: ``Problem`` `restaurant_not_found`, `bad_rule`.
    package func add(_ draft: Draft, clientID: String?) async throws -> Listed {
        let now = services.world.now()
        let ruleID = services.world.newID()
        return try await services.store.write { transaction in
            if let clientID { _ = try transaction.restaurant(clientID) }
            let rule = try transaction.add(draft, clientID: clientID, ruleID: ruleID, at: now)
            let rules = try transaction.cashback.rules(clientID: clientID)
            return Listed(rule: rule, status: rule.status(among: rules, at: now))
        }
    }

    /// Ends a rule's validity; a rule that would start later never does, and one that ends earlier stays as it is.
    /// - Parameter instant: nil for the current time.
    /// - Throws: ``Problem`` `rule_not_found`.
    package func end(_ ruleID: String, at instant: Instant?) async throws -> Listed {
        let now = services.world.now()
        return try await services.store.write { transaction in
            guard var rule = try transaction.cashback.rule(id: ruleID) else {
                throw Problem(
                    .notFound, "rule_not_found", "cashback rule \(ruleID) not found",
                    next: .listCashbackRules)
            }
            let end = max(instant ?? now, rule.validFrom)
            if rule.validUntil.map({ end < $0 }) ?? true {
                rule.validUntil = end
                try transaction.cashback.endRule(id: ruleID, at: end)
            }
            let rules = try transaction.cashback.rules(clientID: rule.clientID)
            return Listed(rule: rule, status: rule.status(among: rules, at: now))
        }
    }
}

extension StoreTransaction {
    /// - Throws: ``Problem`` `restaurant_not_found`.
    func restaurant(_ clientID: String) throws -> Restaurant {
        guard let restaurant = try restaurants.restaurant(clientID: clientID) else {
            throw Problem(
                .notFound, "restaurant_not_found", "restaurant \(clientID) not found",
                next: .addRestaurant(clientID))
        }
        return restaurant
    }

    /// Creates the rule, or finds an equivalent one in force.
    func add(
        _ draft: CashbackRules.Draft, clientID: String?, ruleID: String, at now: Instant
    ) throws -> CashbackRule {
        try draft.check(at: now)
        try cashback.takeTurnsAdding(at: now)
        let rule = CashbackRule(
            ruleID: ruleID, clientID: clientID, percent: draft.percent, minimumBill: draft.minimumBill, cap: draft.cap,
            validFrom: draft.validFrom ?? now, validUntil: draft.validUntil)
        let known = try cashback.rules(clientID: clientID).filter { $0.clientID == clientID }
        if draft.validFrom == nil, let present = known.first(where: { $0.status(among: known, at: now) == .inForce }),
            present.promises(theSameAs: rule)
        {
            return present
        }
        try cashback.insert(rule)
        return rule
    }
}

extension CashbackRules.Draft {
    /// - Throws: ``Problem`` `bad_rule` for a period or an amount that no rule can have.
    package func check(at now: Instant) throws {
        let begin = validFrom ?? now
        if let end = validUntil, end <= begin {
            throw Problem(.invalid, "bad_rule", "a rule valid from \(begin.rfc3339) cannot end at \(end.rfc3339)")
        }
        guard [minimumBill, cap].allSatisfy({ $0.map { $0.minorUnits > 0 } ?? true }) else {
            throw Problem(.invalid, "bad_rule", "a rule's minimum bill and cap must be positive")
        }
    }
}
