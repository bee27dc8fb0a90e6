import EncodingKit
import PaymentCore
package import PaymentPartners

/// The rules in force, and how often each has matched: the whole state that decides the fate of the next request.
///
/// Whether the n-th match of a rule is hit depends on a hash of n, the rule's seed and what it matches: so a run can be
/// repeated, regardless of other rules, and rules for different requests are independent.
package struct FaultPlan: Hashable, Sendable {
    /// A rule in force, as the control API shows it.
    package struct Entry: Codable, Hashable, Sendable {
        /// From 1, in the order they were added.
        package var id: Int
        package var rule: FaultRule
        package var matched = 0
        package var hit = 0
    }

    /// What is done to one request.
    package struct Trouble: Hashable, Sendable {
        package var delayMilliseconds = 0
        /// Everything except latency; the first rule that hits decides.
        package var rule: FaultRule?
    }

    package private(set) var entries: [Entry] = []
    private var lastID = 0

    package init(_ rules: [FaultRule] = []) {
        for rule in rules { _ = add(rule) }
    }

    package mutating func add(_ rule: FaultRule) -> Entry {
        lastID += 1
        let entry = Entry(id: lastID, rule: rule)
        entries.append(entry)
        return entry
    }

    /// False when the rule does not exist.
    package mutating func remove(id: Int) -> Bool {
        let count = entries.count
        entries.removeAll { $0.id == id }
        return entries.count < count
    }

    /// Removes all rules and counts, so that later rules start afresh.
    package mutating func removeAll() { self = FaultPlan() }

    /// Decides the fate of the next request.
    package mutating func trouble(partner: Partner, method: String, path: [String]) -> Trouble {
        var trouble = Trouble()
        for index in entries.indices where entries[index].rule.matches(partner: partner, method: method, path: path) {
            entries[index].matched += 1
            guard entries[index].isHit else { continue }
            let rule = entries[index].rule
            if rule.kind == .latency {
                trouble.delayMilliseconds += rule.milliseconds ?? 0
            } else if trouble.rule == nil {
                trouble.rule = rule
            } else {
                continue
            }
            entries[index].hit += 1
        }
        return trouble
    }
}

extension FaultPlan.Entry {
    /// Whether the current match is hit.
    fileprivate var isHit: Bool {
        if let first = rule.first, matched > first { return false }
        guard let probability = rule.probability else { return true }
        var hash = StableHash()
        hash.combine(rule.seed ?? 0)
        for text in [rule.partner.rawValue, rule.method ?? "", rule.route ?? "", rule.kind.rawValue] {
            hash.combine(text)
        }
        hash.combine(UInt64(matched))
        var chance = SplitMix64(state: hash.value)
        // The upper 53 bits are a fraction in 0..<1 that a Double holds exactly.
        return Double(chance.next() >> 11) / Double(1 << 53) < probability
    }
}
