import PaymentCore
import PaymentSandbox
import Payments
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct CashbackTests {
    @Test func `entries are posted in order, each once`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        try await fixture.settle([.paymentSettle])
        try await fixture.refund(orderID, 4_000)
        try await fixture.refund(orderID, 8_000)
        try await fixture.settle([.paymentSettle])
        trouble.unreachable(Calls.post)
        trouble.lost(Calls.post)
        try await fixture.drain()
        #expect(trouble.isOver)
        let entries = fixture.partners.holdings.ledger.map(\.entry)
        #expect(entries.map(\.key) == ["\(orderID)-1", "\(orderID)-2", "\(orderID)-3"])
        #expect(entries.map(\.kind) == [.accrual, .clawback, .clawback])
        #expect(entries.map(\.amount) == [PaymentFixture.promise, rub(1_200), rub(2_400)])
        let posted = trouble.calls.filter(Calls.post).map(\.description)
        #expect(posted == posted.sorted(), "no entry is posted before the one it takes back")
        #expect(try await fixture.journal(orderID).filter { $0 == .cashbackPosted }.count == 3)
    }

    @Test func `cashback is rounded down`() async throws {
        let fixture = try await PaymentFixture(cashback: "7.5")
        let orderID = try await fixture.paidOrder()
        for kopecks in [333, 1, 4_444] as [Int64] {
            try await fixture.refund(orderID, kopecks)
            try await fixture.settle([.paymentSettle])
        }
        try await fixture.drain()
        // floor(7.5% × (120.00 - 47.78)) = floor(5.4165)
        #expect(try await fixture.order(orderID).cashbackDue == rub(541))
    }

    @Test func `the audit of correct orders finds nothing`() async throws {
        let fixture = try await PaymentFixture()
        let paid = try await fixture.newOrder("1")
        try await fixture.begin(paid)
        let lapsed = try await fixture.newOrder("2")
        try await fixture.begin(lapsed, "boris", .lapse)
        _ = try await fixture.newOrder("3")
        try await fixture.drain()
        try await fixture.refund(paid, 1_234)
        try await fixture.drain()
        let (progress, findings) = try await CashbackAuditing(fixture.services).findings()
        #expect(findings.isEmpty && progress.orders == 3 && progress.ledgerRows == 4)
    }

    @Test func `the audit finds tampered entries`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let at = fixture.clock.now
        fixture.partners.change { models in
            models.cashback.tamper(
                CashbackLedgerRow(
                    id: "odd",
                    entry: CashbackEntry(key: "odd", orderID: "stranger", uid: "eve", kind: .accrual, amount: rub(5)),
                    at: at))
            _ = models.cashback.remove(id: "cb-\(orderID)-1")
        }
        let findings = try await CashbackAuditing(fixture.services).findings().findings
        #expect(findings.map(\.findingClass) == [.missing, .extra])
        #expect(findings.map(\.orderID) == [orderID, "stranger"])
        let broken = try await fixture.broken(isQuiet: true).map(\.invariant)
        #expect(Set(broken) == [.cashbackDue, .sidesAgree, .nothingUnknown])
    }

    @Test func `a period is audited separately`() async throws {
        let fixture = try await PaymentFixture()
        let start = fixture.clock.now
        for (day, uid) in ["anna", "boris", "clara"].enumerated() {
            let orderID = try await fixture.newOrder("\(day)")
            try await fixture.begin(orderID, uid)
            try await fixture.drain()
            fixture.clock.advance(to: start.advanced(bySeconds: Double(day + 1) * 86_400))
        }
        let since = start.advanced(bySeconds: 86_400)
        let until = start.advanced(bySeconds: 2 * 86_400)
        let (progress, findings) = try await CashbackAuditing(fixture.services).findings(
            CashbackAuditing.Period(since: since, until: until))
        #expect(findings.isEmpty && progress.orders == 1 && progress.ledgerRows == 1)
    }
}
