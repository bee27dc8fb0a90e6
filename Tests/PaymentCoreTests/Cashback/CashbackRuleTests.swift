import PaymentCore
import Testing

@Suite struct CashbackRuleTests {
    private static func rule(
        _ id: String, _ clientID: String? = nil, from: Double = 0, until: Double? = nil, minimum: Int64? = nil,
        cap: Int64? = nil
    ) throws -> CashbackRule {
        CashbackRule(
            ruleID: id, clientID: clientID, percent: try Percent("30"), minimumBill: minimum.map { rub($0) },
            cap: cap.map { rub($0) }, validFrom: .seconds(from), validUntil: until.map { .seconds($0) })
    }

    @Test func `the rule in force`() throws {
        let rules = [
            try Self.rule("default"), try Self.rule("new default", from: 50),
            try Self.rule("own", "bistro", from: 10, until: 20),
            try Self.rule("own, later", "bistro", from: 15, until: 30),
            try Self.rule("other's", "cafe", from: 5),
        ]
        let cases: [(String, String, Double, String?)] = [
            ("before all", "bistro", -1, nil), ("from its first instant", "bistro", 0, "default"),
            ("own over default", "bistro", 10, "own"), ("the youngest of its own", "bistro", 15, "own, later"),
            ("not at its last instant", "bistro", 30, "default"), ("the youngest default", "bistro", 50, "new default"),
            ("another restaurant", "cafe", 50, "other's"), ("one without rules", "diner", 10, "default"),
        ]
        for (name, clientID, seconds, expected) in cases {
            for order in [rules, rules.reversed()] {
                let found = CashbackRule.inForce(order, clientID: clientID, at: .seconds(seconds))
                #expect(found?.ruleID == expected, "\(name)")
            }
        }
        #expect(CashbackRule.inForce([], clientID: "bistro", at: .zero) == nil)
    }

    @Test func `terms for a bill`() throws {
        let usd = Money(minorUnits: 10_000, currency: try Currency(code: "USD"))
        let minimum = try Self.rule("r", minimum: 5_000)
        #expect(minimum.terms(for: rub(5_000)) != nil && minimum.terms(for: rub(4_999)) == nil)
        #expect(minimum.terms(for: usd) == nil)
        let capped = try Self.rule("r", cap: 1_000)
        #expect(capped.terms(for: rub(1))?.cap == rub(1_000) && capped.terms(for: usd) == nil)
        #expect(try Self.rule("r").terms(for: usd)?.ruleID == "r")
    }

    @Test(
        arguments: [
            ("30", nil, 12_000, 3_600), ("30", nil, 9_999, 2_999), ("30", nil, 3, 0), ("30", nil, 0, 0),
            ("30", nil, -100, 0), ("30", 1_000, 12_000, 1_000), ("30", 3_600, 12_000, 3_600), ("30", 0, 12_000, 0),
            ("100", nil, .max, .max), ("0", nil, 12_000, 0),
        ] as [(String, Int64?, Int64, Int64)])
    func `cashback due on an amount`(percent: String, cap: Int64?, kopecks: Int64, due: Int64) throws {
        let terms = CashbackTerms(ruleID: "r", percent: try Percent(percent), cap: cap.map { rub($0) })
        #expect(terms.due(on: rub(kopecks)) == rub(due))
    }
}
