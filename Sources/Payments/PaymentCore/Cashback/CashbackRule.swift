package import WorldKit

/// What a restaurant, or every restaurant without a rule of its own, promises to a paying guest.
package struct CashbackRule: Hashable, Sendable {
    package var ruleID: String
    /// The restaurant; nil for the default.
    package var clientID: String?
    package var percent: Percent
    /// A smaller bill earns nothing.
    package var minimumBill: Money?
    /// The maximum per order.
    package var cap: Money?
    package var validFrom: Instant
    /// The first instant at which it is no longer valid; nil without an end.
    package var validUntil: Instant?

    package init(
        ruleID: String, clientID: String?, percent: Percent, minimumBill: Money? = nil, cap: Money? = nil,
        validFrom: Instant, validUntil: Instant? = nil
    ) {
        self.ruleID = ruleID
        self.clientID = clientID
        self.percent = percent
        self.minimumBill = minimumBill
        self.cap = cap
        self.validFrom = validFrom
        self.validUntil = validUntil
    }

    package func isInForce(at instant: Instant) -> Bool {
        validFrom <= instant && validUntil.map { instant < $0 } ?? true
    }

    /// A rule's status for guests who pay now.
    package enum Status: String, CaseIterable, Sendable {
        /// It applies; a default rule does to restaurants without a rule of their own.
        case inForce = "in_force"
        /// Its validity has not started.
        case waiting
        /// A newer rule of the same restaurant applies.
        case superseded
        case ended
    }

    /// - Parameter rules: all rules of the same restaurant; others are ignored.
    package func status(among rules: [CashbackRule], at instant: Instant) -> Status {
        if validUntil.map({ $0 <= instant }) ?? false { return .ended }
        if instant < validFrom { return .waiting }
        let rivals = rules.filter { $0.clientID == clientID && $0.isInForce(at: instant) }
        return rivals.contains { ($0.validFrom, $0.ruleID) > (validFrom, ruleID) } ? .superseded : .inForce
    }

    /// Whether both promise the same to a guest, for the same time.
    package func promises(theSameAs other: CashbackRule) -> Bool {
        percent == other.percent && minimumBill == other.minimumBill && cap == other.cap
            && validUntil == other.validUntil
    }

    /// What this rule promises for a bill; nil when the bill is below the minimum or in another currency.
    package func terms(for bill: Money) -> CashbackTerms? {
        if let minimumBill {
            guard minimumBill.currency == bill.currency, minimumBill.minorUnits <= bill.minorUnits else { return nil }
        }
        if let cap, cap.currency != bill.currency { return nil }
        return CashbackTerms(ruleID: ruleID, percent: percent, cap: cap)
    }

    /// The rule that applies to a restaurant: the newest of its own in force, else the newest default.
    package static func inForce(_ rules: [CashbackRule], clientID: String, at instant: Instant) -> CashbackRule? {
        let valid = rules.filter { $0.isInForce(at: instant) }
        let own = valid.filter { $0.clientID == clientID }
        let candidates = own.isEmpty ? valid.filter { $0.clientID == nil } : own
        return candidates.max { ($0.validFrom, $0.ruleID) < ($1.validFrom, $1.ruleID) }
    }
}

/// The promise recorded on an order when the guest began to pay.
package struct CashbackTerms: Hashable, Sendable {
    package var ruleID: String
    package var percent: Percent
    package var cap: Money?

    package init(ruleID: String, percent: Percent, cap: Money?) {
        self.ruleID = ruleID
        self.percent = percent
        self.cap = cap
    }

    /// floor(percent × money), at most the cap; zero for money not captured.
    package func due(on money: Money) -> Money {
        guard money.minorUnits > 0 else { return .zero(money.currency) }
        let share = percent.shareRoundedDown(of: money)
        guard let cap, cap.minorUnits < share.minorUnits else { return share }
        return cap
    }
}
