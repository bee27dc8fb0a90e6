import PaymentCore
import PaymentSandbox
import Payments
import Testing
import WorldKit

@Suite struct CashbackTests {
    @Test func `entries are posted in order, each once`() async throws {
        let till = try await Till()
        let trouble = Trouble(till.partners)
        let orderID = try await till.newOrder()
        try await till.begin(orderID)
        try await till.settle([.paymentSettle])
        try await till.refund(orderID, 4_000)
        try await till.refund(orderID, 8_000)
        try await till.settle([.paymentSettle])
        trouble.unreachable(Calls.post)
        trouble.lost(Calls.post)
        try await till.drain()
        #expect(trouble.isOver)
        let entries = till.partners.holdings.ledger.map(\.entry)
        #expect(entries.map(\.key) == ["\(orderID)-1", "\(orderID)-2", "\(orderID)-3"])
        #expect(entries.map(\.kind) == [.accrual, .clawback, .clawback])
        #expect(entries.map(\.amount) == [Till.promise, rub(1_200), rub(2_400)])
        let posted = trouble.calls.filter(Calls.post).map(\.description)
        #expect(posted == posted.sorted(), "no entry is posted before the one it takes back")
        #expect(try await till.journal(orderID).filter { $0 == .cashbackPosted }.count == 3)
    }

    @Test func `cashback is rounded down`() async throws {
        let till = try await Till(cashback: "7.5")
        let orderID = try await till.paidOrder()
        for kopecks in [333, 1, 4_444] as [Int64] {
            try await till.refund(orderID, kopecks)
            try await till.settle([.paymentSettle])
        }
        try await till.drain()
        // floor(7.5% × (120.00 - 47.78)) = floor(5.4165)
        #expect(try await till.order(orderID).cashbackDue == rub(541))
    }

    @Test func `the audit of correct orders finds nothing`() async throws {
        let till = try await Till()
        let paid = try await till.newOrder("1")
        try await till.begin(paid)
        let lapsed = try await till.newOrder("2")
        try await till.begin(lapsed, "boris", .lapse)
        _ = try await till.newOrder("3")
        try await till.drain()
        try await till.refund(paid, 1_234)
        try await till.drain()
        let (progress, findings) = try await CashbackAuditing(till.services).findings()
        #expect(findings.isEmpty && progress.orders == 3 && progress.ledgerRows == 4)
    }

    @Test func `the audit finds tampered entries`() async throws {
        let till = try await Till()
        let orderID = try await till.paidOrder()
        try await till.drain()
        let at = till.clock.now
        till.partners.change { models in
            models.cashback.tamper(
                CashbackLedgerRow(
                    id: "odd",
                    entry: CashbackEntry(key: "odd", orderID: "stranger", uid: "eve", kind: .accrual, amount: rub(5)),
                    at: at))
            _ = models.cashback.remove(id: "cb-\(orderID)-1")
        }
        let findings = try await CashbackAuditing(till.services).findings().findings
        #expect(findings.map(\.findingClass) == [.missing, .extra])
        #expect(findings.map(\.orderID) == [orderID, "stranger"])
        let broken = try await till.broken(isQuiet: true).map(\.invariant)
        #expect(Set(broken) == [.cashbackDue, .sidesAgree, .nothingUnknown])
    }

    @Test func `a period is audited separately`() async throws {
        let till = try await Till()
        let start = till.clock.now
        for (day, uid) in ["anna", "boris", "clara"].enumerated() {
            let orderID = try await till.newOrder("\(day)")
            try await till.begin(orderID, uid)
            try await till.drain()
            till.clock.advance(to: start.advanced(bySeconds: Double(day + 1) * 86_400))
        }
        let since = start.advanced(bySeconds: 86_400)
        let until = start.advanced(bySeconds: 2 * 86_400)
        let (progress, findings) = try await CashbackAuditing(till.services).findings(
            CashbackAuditing.Period(since: since, until: until))
        #expect(findings.isEmpty && progress.orders == 1 && progress.ledgerRows == 1)
    }
}
