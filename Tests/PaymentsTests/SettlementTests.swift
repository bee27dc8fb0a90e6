import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

/// From HOLDING to the end of a payment, with partners that fail at every call.
@Suite(.everyEngine) struct SettlementTests {
    @Test(arguments: [
        (Card.approve, OrderStatus.cleared), (.slow, .cleared), (.lost, .cleared), (.decline, .expired),
        (.declineOnce, .expired), (.threeDS, .expired), (.lapse, .clearFailed),
    ])
    func `a payment with every card completes`(card: Card, status: OrderStatus) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", card)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == status)
        let isPaid = status == .cleared
        #expect(order.capturedAmount == (isPaid ? PaymentFixture.bill : rub(0)))
        #expect(order.cashbackDue == (isPaid ? PaymentFixture.promise : rub(0)))
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == (isPaid ? 1 : 0))
        #expect(try await fixture.tasks().allSatisfy { $0.state == .done })
    }

    @Test func `an approved payment`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        #expect(try await fixture.journal(orderID) == [.created, .paymentBegun, .held, .cleared, .cashbackPosted])
        try await fixture.drain()
        #expect(try await fixture.journal(orderID).last == .receiptStored)
        let statuses = try await Orders(fixture.services).statuses([orderID, "nope"])
        #expect(statuses.map(\.status) == [.payed, .notFound])
    }

    @Test func `a declined guest may try again with the same card`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .declineOnce)
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .holdFailed)
        try await fixture.begin(orderID, "anna", .declineOnce)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `an unconfirmed hold is voided at its deadline`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .threeDS)
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .holding)
        let task = try #require(try await fixture.tasks(.paymentSettle).first)
        #expect(task.errorClass == "not_yet" && task.polls == 1 && task.state == .scheduled)
        fixture.clock.advance(bySeconds: fixture.services.settings.holdTimeoutSeconds)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holdFailed)
        #expect(trouble.calls.suffix(2).first.map(Calls.void) == true, "and then the invoice is looked at")
        let entry = try #require(try await Orders(fixture.services).history(orderID).last)
        #expect(entry.event == .holdFailed && entry.detail["reason"] == "timed_out")
        #expect(entry.detail["outcome"] == "voided")
        // Anna finds her phone and confirms: too late, and without effect.
        let invoice = try #require(try await fixture.order(orderID).edaOrderID)
        #expect(throws: PartnerRefusal.self) {
            try fixture.partners.decide(invoiceID: invoice, number: 1, status: .succeeded)
        }
        try await fixture.drain()
    }

    @Test func `a delayed worker still observes a hold's deadline`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID, "anna", .threeDS)
        while try await fixture.status(orderID) == .holding {
            try await fixture.settle([.paymentSettle])
            fixture.clock.advance(
                to: try #require(try await fixture.worker.nextDue(tags: [.orderID: orderID])))
        }
        let failure = try #require(try await Orders(fixture.services).history(orderID).last)
        #expect(failure.event == .holdFailed)
        #expect(try failure.at.seconds(since: #require(begun.beganAt)) == fixture.services.settings.holdTimeoutSeconds)
    }

    @Test func `a slow hold is answered not yet`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .slow)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holding)
        fixture.clock.advance(bySeconds: 2)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .held, "the clear is slow as well")
        #expect(try await Orders(fixture.services).statuses([orderID]).map(\.status) == [.waiting])
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `a lapsed hold is clawed back and released`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .lapse)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .clearFailed && order.status.iiko == .canceled)
        let entries = fixture.partners.holdings.ledger.map(\.entry)
        #expect(entries.map(\.kind) == [.accrual, .clawback])
        #expect(entries.map(\.amount) == [PaymentFixture.promise, PaymentFixture.promise])
        #expect(try await fixture.journal(orderID).contains(.holdVoided))
    }

    // MARK: Trouble

    private static let calls: [(name: String, matches: Calls.Kind)] = [
        ("create order", Calls.createOrder), ("create invoice", Calls.createInvoice), ("hold", Calls.hold),
        ("clear", Calls.clear), ("push items", Calls.pushItems), ("cashback", Calls.post),
        ("receipt", Calls.receipt), ("render", Calls.render), ("put", Calls.put),
    ]
    private static let faults: [(name: String, befall: @Sendable (Trouble, @escaping Calls.Kind) -> Void)] = [
        ("never arrives", { $0.unreachable($1) }),
        ("loses its answer", { $0.lost($1) }),
        ("answers 503", { $0.after($1) { throw $0.error(.serverError(status: 503)) } }),
        ("talks nonsense", { $0.after($1) { throw $0.error(.malformed) } }),
        // Like a process that is killed: the lease stays.
        ("is interrupted before", { $0.before($1) { _ in throw CancellationError() } }),
        ("is interrupted after", { $0.after($1) { _ in throw CancellationError() } }),
    ]

    @Test(arguments: calls.indices, faults.indices)
    func `one failed call only delays the payment`(call: Int, fault: Int) async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        Self.faults[fault].befall(trouble, Self.calls[call].matches)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        for _ in 0..<20 where !trouble.isOver {
            do {
                try await fixture.settle()
                if let next = try await fixture.worker.nextDue(tags: [.orderID: orderID]) {
                    fixture.clock.advance(to: next)
                }
            } catch is CancellationError { fixture.clock.advance(bySeconds: TestClock.leaseSeconds) }
        }
        #expect(trouble.isOver, "\(Self.calls[call].name) was never called")
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .cleared, "\(Self.calls[call].name) \(Self.faults[fault].name)")
        #expect(fixture.partners.holdings.ledger.count == 1)
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == 1)
    }

    private static let refusals: [(status: Int, code: String)] = [
        (400, "bad_request"), (401, "unauthorized"), (403, "forbidden"), (404, "http_404"), (405, "http_405"),
        (409, "key_reused"), (410, "gone"), (422, "not_today"), (451, "http_451"),
    ]

    /// A partner that rejects our request says nothing about the guest's card.
    @Test(arguments: ["the order", "the invoice", "the hold"], refusals.indices)
    func `a partner that refuses us declines no payment`(what: String, refusal: Int) async throws {
        let (status, code) = Self.refusals[refusal]
        let matches: Calls.Kind =
            switch what {
            case "the order": Calls.createOrder
            case "the invoice": Calls.createInvoice
            default: Calls.hold
            }
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        trouble.before(matches) { throw $0.error(.rejected(status: status, code: code)) }
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .holding)
        let task = try #require(try await fixture.tasks(.paymentSettle).first)
        #expect(task.errorClass == "partner_rejected" && task.state == .scheduled, "it is tried again")
        #expect(!trouble.calls.contains(where: Calls.void))
        try await fixture.drain()
        #expect(try await fixture.order(orderID).uid == "anna")
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `a hold that is refused until its deadline is voided`() async throws {
        let fixture = try await PaymentFixture()
        fixture.partners.before = {
            if $0.partner == .eda { throw $0.error(.rejected(status: 401, code: "unauthorized")) }
        }
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        try await fixture.settle()
        fixture.clock.advance(bySeconds: fixture.services.settings.holdTimeoutSeconds)
        try await fixture.settle([.paymentSettle])
        #expect(try await Orders(fixture.services).history(orderID).last?.detail["reason"] == "timed_out")
        fixture.partners.before = { _ in }
        try await fixture.begin(orderID, "boris")
        try await fixture.drain()
        #expect(try await fixture.order(orderID).uid == "boris")
    }

    @Test func `an unknown payment method fails the hold`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        _ = try await Payments(fixture.services).begin(
            Payments.Request(orderID: orderID, uid: "anna", paymentMethodID: "card-unheard-of"))
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .holdFailed)
        #expect(try await Orders(fixture.services).history(orderID).last?.detail["reason"] == "unknown_payment_method")
        try await fixture.drain()
    }

    @Test func `a lost void is requested again`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .threeDS)
        try await fixture.settle()
        trouble.lost(Calls.void)
        fixture.clock.advance(bySeconds: fixture.services.settings.holdTimeoutSeconds)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holding, "an unknown outcome is not a failure")
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .expired)
    }

    /// A partner that is down for hours must not block the order for every guest.
    @Test func `a hold that could not be started in time is voided`() async throws {
        let fixture = try await PaymentFixture()
        fixture.partners.before = { if $0.partner == .eda { throw $0.error(.unreachable) } }
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holding)
        fixture.clock.advance(bySeconds: fixture.services.settings.holdTimeoutSeconds)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holdFailed)
        fixture.partners.before = { _ in }
        try await fixture.begin(orderID, "boris")
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    /// The worker of a former payer learns late that the hold failed, when another guest's money is already held.
    @Test func `a former payer's task leaves the new payment alone`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        let anna = try await fixture.begin(orderID, "anna", .decline)
        trouble.after(Calls.hold) { _ in
            for callback in fixture.partners.takeCallbacks() { try await fixture.deliver(callback) }
            try await fixture.begin(orderID, "boris", .slow)
            let other = PaymentFixture.worker("worker-2", fixture.services)
            _ = try await other.runDue(kinds: [.paymentSettle])
            fixture.clock.advance(bySeconds: 2)
            _ = try await other.runDue(kinds: [.paymentSettle])
            #expect(try await fixture.status(orderID) == .held)
        }
        try await fixture.step([.paymentSettle])
        try await fixture.check()
        try await fixture.drain()
        #expect(try await fixture.order(orderID).uid == "boris")
        let invoice = fixture.partners.holdings.invoices.first { $0.invoiceID == anna.edaOrderID }
        #expect(invoice?.operations.map(\.kind) == [.hold], "nothing was cleared on Anna's invoice")
    }

    /// A worker suspended beyond its lease resumes after the payment went on without it.
    @Test(arguments: [("before the hold", true), ("after the hold", false)])
    func `a worker that lost its lease changes nothing`(name: String, isBefore: Bool) async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .declineOnce)
        let meanwhile: Trouble.Deed = { _ in
            fixture.clock.advance(bySeconds: TestClock.leaseSeconds + 1)
            let other = PaymentFixture.worker("worker-2", fixture.services)
            while try await !other.runDue(kinds: [.paymentSettle]).isEmpty {}
            try await fixture.begin(orderID, "anna", .declineOnce)
            while try await !other.runDue(kinds: [.paymentSettle]).isEmpty {}
            #expect(try await fixture.status(orderID) == .cleared)
        }
        if isBefore { trouble.before(Calls.hold, meanwhile) } else { trouble.after(Calls.hold, meanwhile) }
        let attempt = try await fixture.step([.paymentSettle])
        #expect(attempt?.ending == .leaseLost)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }
}
