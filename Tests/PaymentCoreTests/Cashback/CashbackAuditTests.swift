import PaymentCore
import Testing

@Suite struct CashbackAuditTests {
    /// Paid 100.00 by Anna under 30%: 30.00 is due.
    private static func order(
        _ status: OrderStatus = .cleared, taken: Int64 = 10_000, refunded: Int64 = 0
    ) throws -> Order {
        Order(
            orderID: "o", clientID: "c", internalOrderID: "b", status: status, amount: rub(10_000),
            capturedAmount: rub(taken),
            refunded: rub(refunded), uid: "anna",
            cashback: CashbackTerms(ruleID: "r", percent: try Percent("30"), cap: nil), createdAt: .zero,
            updatedAt: .zero, expiresAt: .zero)
    }

    private static func row(
        _ number: Int, _ kind: CashbackEntry.Kind, _ kopecks: Int64, uid: String = "anna", orderID: String = "o",
        currency: String = "RUB"
    ) throws -> CashbackLedgerRow {
        CashbackLedgerRow(
            id: "cb-\(number)",
            entry: CashbackEntry(
                key: "\(orderID)-\(number)", orderID: orderID, uid: uid, kind: kind,
                amount: Money(minorUnits: kopecks, currency: try Currency(code: currency))),
            at: .zero)
    }

    private struct Case {
        var name: String
        var order: Order
        var ledger: [CashbackLedgerRow]
        var ids: [String]
        var difference: Int128 = 0
        var words = ""
    }

    @Test func `classes`() throws {
        let paid = try Self.order()
        let accrued = try Self.row(1, .accrual, 3_000)
        let refunded = try Self.order(refunded: 2_000)
        let cases = try [
            Case(name: "as due", order: paid, ledger: [accrued], ids: []),
            Case(
                name: "clawed back", order: refunded, ledger: [accrued, Self.row(2, .clawback, 600)], ids: []),
            Case(
                name: "missing", order: paid, ledger: [], ids: ["missing:o"], difference: -3_000,
                words: "due floor(30% × (100.00 - 0.00)) = 30.00, nothing was accrued"),
            Case(
                name: "duplicate", order: paid, ledger: [accrued, Self.row(2, .accrual, 3_000)],
                ids: ["duplicate:o:cb-2"], difference: 3_000, words: "30.00 was accrued 2 times"),
            Case(
                name: "one kopeck too little", order: paid, ledger: [Self.row(1, .accrual, 2_999)],
                ids: ["wrong_amount:o"], difference: -1, words: "29.99 accrued - 0.00 clawed back = 29.99"),
            Case(
                name: "wrong user", order: paid, ledger: [Self.row(1, .accrual, 3_000, uid: "boris")],
                ids: ["wrong_user:o:cb-1"], words: "30.00 accrued to boris, the payer is anna"),
            Case(
                name: "wrong user and amount", order: paid, ledger: [Self.row(1, .accrual, 1, uid: "boris")],
                ids: ["wrong_amount:o", "wrong_user:o:cb-1"], difference: -2_999),
            Case(
                name: "unpaid", order: Self.order(.clearFailed, taken: 0), ledger: [accrued],
                ids: ["unpaid_order:o"], difference: 3_000,
                words: "clawed back = 30.00, nothing was captured (CLEAR_FAILED)"),
            Case(
                name: "unpaid and clawed back", order: Self.order(.clearFailed, taken: 0),
                ledger: [accrued, Self.row(2, .clawback, 3_000)], ids: []),
            Case(
                name: "not clawed back", order: refunded, ledger: [accrued], ids: ["not_clawed_back:o"],
                difference: 600, words: "30.00 accrued - 0.00 clawed back = 30.00"),
            Case(
                name: "too little clawed back", order: refunded, ledger: [accrued, Self.row(2, .clawback, 599)],
                ids: ["not_clawed_back:o"], difference: 1),
            Case(
                name: "extra", order: paid, ledger: [accrued, Self.row(7, .accrual, 5, orderID: "stranger")],
                ids: ["extra:stranger:cb-7"], difference: 5),
            Case(
                name: "clawed back from another user", order: refunded,
                ledger: [accrued, Self.row(2, .clawback, 600, uid: "boris")], ids: ["wrong_user:o:cb-2"],
                words: "6.00 clawed back from boris, the payer is anna"),
            Case(
                name: "a clawback of a stranger", order: paid,
                ledger: [accrued, Self.row(7, .clawback, 5, orderID: "stranger")], ids: ["extra:stranger:cb-7"],
                difference: -5, words: "0.05 RUB clawed back on an order that is not ours"),
            Case(
                name: "amounts beyond reason", order: paid, ledger: [accrued, Self.row(2, .clawback, .max)],
                ids: ["wrong_amount:o"], difference: -Int128(Int64.max)),
            Case(
                name: "sums beyond 64 bits that nearly cancel out", order: paid,
                ledger: [Self.row(1, .accrual, .max), Self.row(2, .accrual, .max), Self.row(3, .clawback, .max)],
                ids: ["wrong_amount:o"],
                difference: Int128(Int64.max) - 3_000, words: "184467440737095516.14"),
            Case(
                name: "a kopeck too much, and rightly clawed back", order: refunded,
                ledger: [Self.row(1, .accrual, 3_001), Self.row(2, .clawback, 600)], ids: ["wrong_amount:o"],
                difference: 1),
            Case(
                name: "clawed back twice", order: refunded,
                ledger: [accrued, Self.row(2, .clawback, 600), Self.row(3, .clawback, 600)],
                ids: ["duplicate:o:cb-3"], difference: -600, words: "6.00 was clawed back 2 times"),
            Case(
                name: "accrued twice, and nothing clawed back", order: refunded,
                ledger: [accrued, Self.row(2, .accrual, 3_000)], ids: ["duplicate:o:cb-2", "not_clawed_back:o"],
                difference: 3_600),
            Case(
                name: "a duplicate that was clawed back", order: paid,
                ledger: [accrued, Self.row(2, .accrual, 3_000), Self.row(3, .clawback, 3_000)], ids: []),
            Case(
                name: "the wrong amount twice", order: paid,
                ledger: [Self.row(1, .accrual, 4_000), Self.row(2, .accrual, 4_000)],
                ids: ["duplicate:o:cb-2", "wrong_amount:o"], difference: 5_000),
            Case(
                name: "one row three times", order: paid, ledger: [accrued, accrued, accrued],
                ids: ["duplicate:o:cb-1#2", "duplicate:o:cb-1#3"], difference: 6_000),
            Case(
                name: "another currency", order: paid, ledger: [Self.row(1, .accrual, 3_000, currency: "USD")],
                ids: ["missing:o", "wrong_amount:o:cb-1"], difference: -3_000),
            Case(
                name: "another currency besides", order: paid,
                ledger: [accrued, Self.row(2, .accrual, 500, currency: "USD")], ids: ["wrong_amount:o:cb-2"],
                difference: 500, words: "5.00 USD accrued, the order is in RUB"),
            Case(
                name: "clawed back from nothing", order: paid, ledger: [Self.row(1, .clawback, 100)],
                ids: ["missing:o"], difference: -3_100, words: "nothing was accrued, and 1.00 clawed back"),
            Case(
                name: "a clawback on an unpaid order", order: Self.order(.clearFailed, taken: 0),
                ledger: [Self.row(1, .clawback, 100)], ids: ["wrong_amount:o"], difference: -100),
            Case(name: "still moving", order: Self.order(.held, taken: 0), ledger: [], ids: []),
        ]
        for expected in cases {
            let findings = CashbackAudit.findings(orders: [expected.order], ledger: expected.ledger)
            #expect(findings.map(\.id) == expected.ids, "\(expected.name)")
            #expect(findings.first.map { $0.difference.minorUnits == expected.difference } ?? true, "\(expected.name)")
            #expect(
                findings.first.map { expected.words.isEmpty || $0.explanation.contains(expected.words) } ?? true,
                "\(expected.name): \(findings)")
        }
        #expect(Set(cases.flatMap(\.ids).compactMap { $0.split(separator: ":").first }).count == 7)
    }

    @Test func `every order is examined`() throws {
        let orders = (0..<50).map { number in
            Order(
                orderID: "o\(number)", clientID: "c", internalOrderID: "\(number)", status: .cleared,
                amount: rub(10_000), capturedAmount: rub(10_000), refunded: rub(0), uid: "anna",
                cashback: nil, createdAt: .zero, updatedAt: .zero, expiresAt: .zero)
        }
        let ledger = try orders.map { try Self.row(1, .accrual, 1, orderID: $0.orderID) }
        let findings = CashbackAudit.findings(orders: orders.shuffled(), ledger: ledger.shuffled())
        #expect(findings.count == 50)
        #expect(findings.map(\.orderID) == orders.map(\.orderID).sorted())
    }

    /// However many duplicates of an entry there are.
    @Test func `many duplicates of one entry`() throws {
        let ledger = try (1...20_000).map { try Self.row($0, .accrual, 3_000) }
        let findings = CashbackAudit.findings(of: try Self.order(), rows: ledger)
        #expect(findings.count == 19_999 && findings.allSatisfy { $0.findingClass == .duplicate })
        #expect(Set(findings.map(\.id)).count == 19_999)
    }
}
