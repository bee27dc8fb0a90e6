import PaymentCore
import Testing

@Suite struct CashbackStatementTests {
    private static func order(
        _ status: OrderStatus, taken: Int64 = 0, refunded: Int64 = 0, percent: String? = "30", cap: Int64? = nil
    ) throws -> Order {
        Order(
            orderID: "o", clientID: "bistro", internalOrderID: "b", status: status, amount: rub(12_000),
            capturedAmount: rub(taken), refunded: rub(refunded), uid: status == .pending ? nil : "anna",
            beganAt: status == .pending ? nil : .seconds(5),
            cashback: try percent.map {
                CashbackTerms(ruleID: "r", percent: try Percent($0), cap: cap.map { rub($0) })
            }, createdAt: .zero, updatedAt: .zero, expiresAt: .seconds(60))
    }

    private static func entry(_ kind: CashbackEntry.Kind, _ kopecks: Int64, _ number: Int) -> CashbackEntry {
        CashbackEntry(key: "o-\(number)", orderID: "o", uid: "anna", kind: kind, amount: rub(kopecks))
    }

    private static func rows(_ entries: [CashbackEntry]) -> [CashbackLedgerRow] {
        entries.map { CashbackLedgerRow(id: $0.key, entry: $0, at: .zero) }
    }

    @Test(
        arguments: [
            ("nobody pays yet", .pending, 0, 0, nil, nil, [], 0, "no guest has begun to pay: nothing is promised"),
            ("no rule", .cleared, 12_000, 0, nil, nil, [], 0, "due 0"),
            (
                "held", .held, 0, 0, "30", nil, [3_600], 0,
                "due floor(30% × 120.00) = 36.00, if the hold is captured"
            ),
            ("paid", .cleared, 12_000, 0, "30", nil, [3_600], 0, "due floor(30% × (120.00 - 0.00)) = 36.00"),
            (
                "capped", .cleared, 12_000, 0, "30", 1_000, [1_000], 0,
                "due floor(30% × (120.00 - 0.00)), at most 10.00 = 10.00"
            ),
            (
                "given back in part", .cleared, 12_000, 2_000, "30", nil, [3_600, -600], 0,
                "accrued 36.00 - clawed back 6.00 = 30.00"
            ),
            ("not clawed back", .cleared, 12_000, 2_000, "30", nil, [3_600], 600, "which is 6.00 RUB too much"),
            ("never accrued", .cleared, 12_000, 0, "30", nil, [], -3_600, "which is 36.00 RUB too little"),
            ("beyond reason", .cleared, 12_000, 0, "30", nil, [.max, .max], 2 * Int128(Int64.max) - 3_600, "too much"),
        ] as [(String, OrderStatus, Int64, Int64, String?, Int64?, [Int64], Int128, String)])
    func `the arithmetic is explained`(
        name: String, status: OrderStatus, taken: Int64, refunded: Int64, percent: String?, cap: Int64?,
        posted: [Int64], difference: Int128, phrase: String
    ) throws {
        let order = try Self.order(status, taken: taken, refunded: refunded, percent: percent, cap: cap)
        let entries = posted.enumerated().map { index, units in
            Self.entry(units < 0 ? .clawback : .accrual, abs(units), index + 1)
        }
        let statement = CashbackStatement(order, asked: entries, ledger: Self.rows(entries))
        #expect(statement.difference.minorUnits == difference, "\(name)")
        #expect(statement.explanation.contains { $0.contains(phrase) }, "\(name): \(statement.explanation)")
        #expect((statement.explanation.last == "which equals what is due") == (difference == 0), "\(name)")
    }

    @Test func `pending entries are mentioned`() throws {
        let order = try Self.order(.cleared, taken: 12_000)
        let statement = CashbackStatement(order, asked: [Self.entry(.accrual, 3_600, 1)], ledger: [])
        #expect(statement.explanation.contains("requested and not posted yet: 1 of the entries"))
    }

    @Test func `entries of another user are mentioned`() throws {
        let order = try Self.order(.cleared, taken: 12_000)
        var entry = Self.entry(.accrual, 3_600, 1)
        entry.uid = "boris"
        let statement = CashbackStatement(order, asked: [entry], ledger: Self.rows([entry]))
        #expect(statement.explanation.last == "of it 36.00 was accrued to boris, who is not the payer")
    }

    @Test func `the status of rules`() throws {
        func rule(_ id: String, _ clientID: String?, from: Double, until: Double? = nil) throws -> CashbackRule {
            CashbackRule(
                ruleID: id, clientID: clientID, percent: try Percent("5"), validFrom: .seconds(from),
                validUntil: until.map { .seconds($0) })
        }
        let rules = [
            try rule("default", nil, from: 0), try rule("old", "bistro", from: 0), try rule("new", "bistro", from: 5),
            try rule("past", "bistro", from: 6, until: 8), try rule("future", "bistro", from: 20),
        ]
        let standings = rules.map { $0.status(among: rules, at: .seconds(10)) }
        #expect(standings == [.inForce, .superseded, .inForce, .ended, .waiting])
        #expect(rules[2].status(among: rules, at: .seconds(7)) == .superseded)
    }
}
