import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

/// Findings of the audit, repaired by tasks.
@Suite(.everyEngine) struct CashbackRepairTests {
    struct Damage: CustomTestStringConvertible, Sendable {
        var name: String
        /// How much of 120.00 is refunded beforehand.
        var refunded: Int64 = 0
        var finding: CashbackAudit.Finding.Class
        var entries: [String]
        var plant: @Sendable (inout CashbackModel, _ orderID: String, _ now: Instant) -> Void

        var testDescription: String { name }
    }

    private static func row(
        _ id: String, _ key: String, _ orderID: String, _ kopecks: Int64, _ kind: CashbackEntry.Kind = .accrual,
        uid: String = "anna", currency: String = "RUB", at: Instant
    ) throws -> CashbackLedgerRow {
        CashbackLedgerRow(
            id: id,
            entry: CashbackEntry(
                key: key, orderID: orderID, uid: uid, kind: kind,
                amount: Money(minorUnits: kopecks, currency: try Currency(code: currency))),
            at: at)
    }

    private static func tampering(
        _ id: String, _ key: String, _ kopecks: Int64, _ kind: CashbackEntry.Kind = .accrual, uid: String = "anna",
        currency: String = "RUB"
    ) -> @Sendable (inout CashbackModel, String, Instant) -> Void {
        { model, orderID, now in
            guard
                let row = try? row(
                    id.replacing("*", with: orderID), key.replacing("*", with: orderID), orderID, kopecks, kind,
                    uid: uid, currency: currency, at: now)
            else { return }
            model.tamper(row)
        }
    }

    static let damages = [
        Damage(name: "lost", finding: .missing, entries: ["*-1 accrual 36.00"]) { model, orderID, _ in
            _ = model.remove(id: "cb-\(orderID)-1")
        },
        Damage(
            name: "a clawback lost", refunded: 2_000, finding: .notClawedBack, entries: ["*-2 clawback 6.00"]
        ) { model, orderID, _ in _ = model.remove(id: "cb-\(orderID)-2") },
        Damage(
            name: "both lost", refunded: 2_000, finding: .missing, entries: ["*-1 accrual 36.00", "*-2 clawback 6.00"]
        ) { model, orderID, _ in
            for number in 1...2 { _ = model.remove(id: "cb-\(orderID)-\(number)") }
        },
        Damage(
            name: "doubled", finding: .duplicate, entries: ["*-2 clawback 36.00"],
            plant: tampering("odd", "odd", 3_600)),
        Damage(
            name: "doubled under our next key", finding: .duplicate, entries: ["*-3 clawback 36.00"],
            plant: tampering("odd", "*-2", 3_600)),
        Damage(
            name: "a clawback doubled", refunded: 2_000, finding: .duplicate, entries: ["*-3 accrual 6.00"],
            plant: tampering("odd", "odd", 600, .clawback)),
        Damage(
            name: "too much", finding: .wrongAmount, entries: ["*-2 clawback 0.01"],
            plant: tampering("cb-*-1", "*-1", 3_601)),
        Damage(
            name: "too little", finding: .wrongAmount, entries: ["*-2 accrual 35.99"],
            plant: tampering("cb-*-1", "*-1", 1)),
    ]

    private func findings(_ fixture: PaymentFixture) async throws -> [CashbackAudit.Finding] {
        try await CashbackAuditing(fixture.services).findings().findings
    }

    /// Runs the tasks that post cashback, without checking invariants that the damage violates.
    private func post(_ fixture: PaymentFixture) async throws {
        while try await !fixture.worker.runDue(kinds: [.cashbackAccrue]).isEmpty {}
    }

    private func refund(_ fixture: PaymentFixture, _ orderID: String, _ kopecks: Int64?) async throws {
        _ = try await Payments(fixture.services).refund(
            Payments.RefundRequest(
                orderID: orderID, amount: kopecks.map { rub($0) }, lines: [], reason: "cold soup", key: nil),
            actor: .support)
        while try await !fixture.worker.runDue(kinds: [.paymentSettle]).isEmpty {}
    }

    private func repair(
        _ fixture: PaymentFixture, accepted: [String: String] = [:], isDryRun: Bool = false, expected: String? = nil
    ) async throws -> CashbackRepairResult {
        try await CashbackRepairing(fixture.services).repair(
            try await findings(fixture), accepted: accepted, isDryRun: isDryRun, expected: expected, reason: "ticket 7")
    }

    /// The entries posted for an order so far, according to the cashback service.
    private func ledger(_ fixture: PaymentFixture, _ orderID: String) async throws -> [String] {
        try await fixture.services.partners.cashback.ledger(orderID: orderID, since: nil, until: nil).map {
            "\($0.entry.kind.rawValue) \($0.entry.amount.decimal)"
        }
    }

    /// A paid order of 120.00 with 36.00 accrued, and another 36.00 in excess.
    private func doubled() async throws -> (fixture: PaymentFixture, orderID: String) {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let now = fixture.clock.now
        fixture.partners.change { Self.tampering("odd", "odd", 3_600)(&$0.cashback, orderID, now) }
        return (fixture, orderID)
    }

    @Test(arguments: damages)
    func `repairs each kind of finding`(_ damage: Damage) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        if damage.refunded > 0 { try await fixture.refund(orderID, damage.refunded) }
        try await fixture.drain()
        let now = fixture.clock.now
        fixture.partners.change { damage.plant(&$0.cashback, orderID, now) }
        #expect(try await findings(fixture).map(\.findingClass) == [damage.finding])

        let shown = try await repair(fixture, isDryRun: true)
        let entries = shown.staged.flatMap(\.repair.entries).map {
            "\($0.key) \($0.kind.rawValue) \($0.amount.decimal)"
        }
        #expect(entries == damage.entries.map { $0.replacing("*", with: orderID) } && shown.taskIDs.isEmpty)
        #expect(try await fixture.tasks().allSatisfy { $0.state == .done }, "a dry run stages nothing")
        await #expect(throws: TaskError.otherScope(expected: "no", found: shown.digest)) {
            try await repair(fixture, expected: "no")
        }

        let staged = try await repair(fixture, expected: shown.digest)
        #expect(staged.taskIDs.count == 1 && staged.staged == shown.staged)
        let again = try await repair(fixture)
        #expect(again.staged.isEmpty && again.skipped.first?.why.contains("repairs it") == true, "staged once")
        try await post(fixture)
        #expect(try await findings(fixture).isEmpty)
        let journal = try await fixture.journal(orderID)
        #expect(journal.contains(.cashbackRepairRequested) && journal.contains(.cashbackRepaired))

        // A correction does not block later entries.
        try await refund(fixture, orderID, nil)
        try await post(fixture)
        #expect(try await findings(fixture).isEmpty, "after a refund")
    }

    @Test func `an unpaid order`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .decline)
        try await fixture.drain()
        let row = try Self.row("odd", "odd", orderID, 3_600, at: fixture.clock.now)
        fixture.partners.change { $0.cashback.tamper(row) }
        #expect(try await findings(fixture).map(\.findingClass) == [.unpaidOrder])
        #expect(try await repair(fixture).taskIDs.count == 1)
        try await post(fixture)
        #expect(try await findings(fixture).isEmpty)
    }

    @Test(
        arguments: [
            ("another user's", Self.tampering("cb-*-1", "*-1", 3_600, uid: "boris"), "user boris"),
            ("ours in another currency", Self.tampering("cb-*-1", "*-1", 3_600, currency: "USD"), "another currency"),
            ("another currency", Self.tampering("usd", "usd", 500, currency: "USD"), "another currency"),
        ] as [(String, @Sendable (inout CashbackModel, String, Instant) -> Void, String)])
    func `findings that we cannot repair are skipped`(
        name: String, plant: @Sendable (inout CashbackModel, String, Instant) -> Void, words: String
    ) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let now = fixture.clock.now
        fixture.partners.change { plant(&$0.cashback, orderID, now) }
        let result = try await repair(fixture)
        #expect(result.staged.isEmpty && result.skipped.count == 1)
        #expect(result.skipped.first?.why.contains(words) == true, "\(result.skipped)")
        #expect(try await fixture.tasks().allSatisfy { $0.state == .done })
    }

    @Test func `an entry for an unknown order`() async throws {
        let fixture = try await PaymentFixture()
        let row = try Self.row("odd", "odd", "stranger", 5, at: fixture.clock.now)
        fixture.partners.change { $0.cashback.tamper(row) }
        #expect(try await repair(fixture).skipped.first?.why.contains("not ours") == true)
    }

    @Test func `a stuck task is requeued`() async throws {
        let fixture = try await PaymentFixture { settings in
            var policy = settings.retryPolicy(.cashbackAccrue)
            policy.maxAttempts = 1
            settings.retry[.cashbackAccrue] = policy
        }
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.unreachable(Calls.post)
        try await fixture.settle()
        let stuck = try #require(try await fixture.tasks().first { $0.state == .stuck })
        let result = try await repair(fixture)
        #expect(result.taskIDs == [stuck.taskID] && result.staged.first?.carrier == .requeued(stuck))
        try await fixture.drain()
        #expect(try await findings(fixture).isEmpty)
    }

    @Test func `an entry whose key is in use is not posted again`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let row = try Self.row("cb-\(orderID)-2", "\(orderID)-2", orderID, 3_600, at: fixture.clock.now)
        fixture.partners.change { $0.cashback.tamper(row) }
        // The clawback of the refund is refused because its key belongs to another entry.
        try await refund(fixture, orderID, 2_000)
        _ = try await fixture.worker.runDue(kinds: [.cashbackAccrue])
        #expect(try await findings(fixture).map(\.findingClass) == [.duplicate, .notClawedBack])
        let entry = try #require(try await repair(fixture).staged.first?.repair.entries.first)
        #expect(entry.key == "\(orderID)-3" && entry.kind == .clawback && entry.amount == rub(4_200))
        try await post(fixture)
        #expect(try await findings(fixture).isEmpty)
    }

    @Test func `an order that is correct when the task runs is left alone`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        fixture.partners.change { _ = $0.cashback.remove(id: "cb-\(orderID)-1") }
        let found = try await findings(fixture)
        // The cashback service is correct again by the time it is queried.
        let asks: Calls.Kind = { $0 == .ledger }
        trouble.before(asks) { _ in
            fixture.partners.change { models in
                guard let row = try? Self.row("new", "\(orderID)-1", orderID, 3_600, at: Instant(microseconds: 0))
                else { return }
                models.cashback.tamper(row)
            }
        }
        let result = try await CashbackRepairing(fixture.services).repair(
            found, isDryRun: false, expected: nil, reason: "")
        #expect(result.staged.isEmpty && result.skipped.first?.why.contains("has the amount due") == true)
    }

    @Test func `a late repair posts nothing`() async throws {
        let (fixture, orderID) = try await doubled()
        #expect(try await repair(fixture).taskIDs.count == 1)
        fixture.partners.change { _ = $0.cashback.remove(id: "odd") }
        try await post(fixture)
        #expect(try await ledger(fixture, orderID) == ["accrual 36.00"])
        #expect(try await fixture.tasks().allSatisfy { $0.state == .done })
    }

    @Test func `a canceled repair leaves nothing behind`() async throws {
        let (fixture, orderID) = try await doubled()
        let taskID = try #require(try await repair(fixture).taskIDs.first)
        var filter = TaskFilter()
        filter.ids = [taskID]
        _ = try await fixture.services.queue.change(TaskChangeRequest(.cancel, filter, actor: "support"))
        fixture.partners.change { _ = $0.cashback.remove(id: "odd") }
        // A later refund claws back its own share and no more.
        try await refund(fixture, orderID, 1_000)
        try await post(fixture)
        #expect(try await ledger(fixture, orderID) == ["accrual 36.00", "clawback 3.00"])
        #expect(try await findings(fixture).isEmpty)
    }

    @Test func `a canceled repair is requeued`() async throws {
        let (fixture, _) = try await doubled()
        let taskID = try #require(try await repair(fixture).taskIDs.first)
        var filter = TaskFilter()
        filter.ids = [taskID]
        _ = try await fixture.services.queue.change(TaskChangeRequest(.cancel, filter, actor: "support"))
        #expect(try await repair(fixture).taskIDs == [taskID])
        try await post(fixture)
        #expect(try await findings(fixture).isEmpty)
    }

    @Test func `an accepted finding keeps its order as it is`() async throws {
        let (fixture, orderID) = try await doubled()
        let result = try await repair(fixture, accepted: [orderID: "duplicate:\(orderID):odd"])
        #expect(result.staged.isEmpty && result.skipped.first?.why.contains("is accepted") == true)
    }

    @Test func `the task reports what can no longer be repaired`() async throws {
        let (fixture, orderID) = try await doubled()
        let taskID = try #require(try await repair(fixture).taskIDs.first)
        let now = fixture.clock.now
        fixture.partners.change { Self.tampering("boris", "boris", 1, uid: "boris")(&$0.cashback, orderID, now) }
        _ = try await fixture.worker.runDue(kinds: [.cashbackAccrue])
        let task = try #require(try await fixture.tasks().first { $0.taskID == taskID })
        #expect(task.errorClass == "cashback_not_mendable" && task.errorMessage?.contains("boris") == true)
        #expect(try await ledger(fixture, orderID).count == 3, "nothing was posted")
    }
}
