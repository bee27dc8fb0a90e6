import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing

/// Reports of transactions: once, twice, late, out of order, wrong.
@Suite(.everyEngine) struct CallbackTests {
    private func callback(
        _ invoiceID: String?, _ number: Int, _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status,
        amount: Money = PaymentFixture.bill
    ) -> PaymentCallback {
        PaymentCallback(
            eventID: "event", invoiceID: invoiceID ?? "",
            operation: PaymentOperation(number: number, kind: kind, amount: amount, status: status))
    }

    @Test func `a callback has the same effect as polling`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.lost(Calls.hold)
        try await fixture.step([.paymentSettle])
        let callback = try #require(fixture.partners.takeCallbacks().first)
        #expect(try await fixture.deliver(callback) == .applied)
        #expect(try await fixture.status(orderID) == .held)
        #expect(try await fixture.tasks(.paymentSettle).first?.state == .ready, "the task need not wait any more")
        try await fixture.drain()
    }

    @Test func `a duplicate changes nothing`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder(.slow)
        try await fixture.drain()
        let before = try await fixture.snapshot()
        let callbacks = fixture.partners.takeCallbacks()
        #expect(callbacks.count == 2)
        for callback in callbacks + callbacks.reversed() + callbacks {
            #expect(try await fixture.deliver(callback) == .duplicate)
        }
        let after = try await fixture.snapshot()
        #expect(after == before, "not even the journal grows")
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `many copies of a callback cause one change`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.lost(Calls.hold)
        try await fixture.step([.paymentSettle])
        let callback = try #require(fixture.partners.takeCallbacks().first)
        let effects = try await withThrowingTaskGroup(of: Payments.Effect.self) { group in
            for _ in 0..<50 { group.addTask { try await fixture.deliver(callback) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(effects.filter { $0 == .applied }.count == 1)
        #expect(effects.filter { $0 == .duplicate }.count == 49)
        #expect(try await fixture.journal(orderID).filter { $0 == .held }.count == 1)
        try await fixture.drain()
    }

    @Test func `an older operation is ignored`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let first = try await fixture.begin(orderID, "anna", .threeDS)
        try await fixture.settle()
        fixture.clock.advance(bySeconds: 15 * 60)
        try await fixture.settle([.paymentSettle])
        let second = try await fixture.begin(orderID, "anna", .slow)
        #expect(second.operation == 2)
        let effect = try await fixture.deliver(callback(first.edaOrderID, 1, .hold, .failed))
        #expect(effect == .ignored("not_the_current_operation"))
        #expect(try await fixture.order(orderID) == second)
        #expect(try await fixture.journal(orderID).last == .callbackIgnored)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test(arguments: ["while the next one pays", "after the next one paid", "when nobody pays"])
    func `a former payer's late success is voided`(when: String) async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        let anna = try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        if when != "when nobody pays" { try await fixture.begin(orderID, "boris", .slow) }
        if when == "after the next one paid" { try await fixture.drain() }
        let before = try await fixture.order(orderID)
        let effect = try await fixture.deliver(callback(anna.edaOrderID, 1, .hold, .succeeded))
        #expect(effect == .ignored("late_hold_of_former_attempt"))
        #expect(try await fixture.order(orderID) == before)
        try await fixture.settle([.paymentSettle])
        let invoice = try #require(anna.edaOrderID)
        #expect(trouble.calls.contains(.void(invoiceID: invoice, number: 1)))
        #expect(try await fixture.journal(orderID).contains(.holdVoided))
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == (when == "when nobody pays" ? .expired : .cleared))
    }

    @Test(arguments: ["amount", "currency", "kind"])
    func `a wrong report does not block the right one`(wrongIn field: String) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID)
        var wrong = callback(begun.edaOrderID, 1, .hold, .succeeded)
        switch field {
        case "amount": wrong.operation.amount = rub(1)
        case "currency": wrong.operation.amount.currency = try Currency(code: "USD")
        default: wrong.operation.kind = .refund
        }
        #expect(try await fixture.deliver(wrong) == .ignored("other_kind_or_amount"))
        #expect(try await fixture.deliver(wrong) == .duplicate, "and is told once")
        #expect(try await fixture.status(orderID) == .holding)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    /// The report is not trusted, and the invoice is examined.
    @Test func `unknown and undecided reports leave no trace`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID, "anna", .threeDS)
        let before = try await fixture.snapshot()
        #expect(try await fixture.deliver(callback("nope", 1, .hold, .succeeded)) == .ignored("unknown_operation"))
        #expect(
            try await fixture.deliver(callback(begun.edaOrderID, 2, .clear, .succeeded))
                == .ignored("unknown_operation"),
            "the clear is not asked for before the hold is known")
        #expect(try await fixture.deliver(callback(begun.edaOrderID, 1, .hold, .pending)) == .ignored("pending"))
        let after = try await fixture.snapshot()
        #expect(after == before)
    }

    @Test func `a clear reported before its hold is not lost`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID)
        let clear = callback(begun.edaOrderID, 2, .clear, .succeeded)
        #expect(try await fixture.deliver(clear) == .ignored("unknown_operation"))
        #expect(try await fixture.status(orderID) == .holding)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
        #expect(try await fixture.deliver(clear) == .duplicate)
    }

    @Test func `a released hold ends the payment unpaid`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID, "anna", .slow)
        try await fixture.settle([.paymentSettle])
        fixture.clock.advance(bySeconds: 2)
        fixture.partners.advance()
        let invoice = try #require(begun.edaOrderID)
        try fixture.partners.decide(invoiceID: invoice, number: 1, status: .lapsed)
        for callback in fixture.partners.takeCallbacks() { try await fixture.deliver(callback) }
        #expect(try await fixture.status(orderID) == .held)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .clearFailed)
    }

    /// A bank may release a hold before we have learned that there was one. Nothing was accrued and nothing is held any
    /// more: as after any failed hold, the order is open to the same guest and to others.
    @Test(arguments: [false, true])
    func `a hold that lapses before its outcome is known has failed`(isReversed: Bool) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID, "anna", .slow)
        _ = try await fixture.step([.paymentSettle])
        fixture.clock.advance(bySeconds: 2)
        fixture.partners.advance()
        try fixture.partners.decide(invoiceID: try #require(begun.edaOrderID), number: 1, status: .lapsed)
        // The success is known only from the report that comes after the lapse, or not at all.
        let reports = fixture.partners.takeCallbacks()
        #expect(reports.map(\.operation.status) == [.succeeded, .lapsed])
        try await fixture.deliver(try #require(reports.last))
        #expect(try await fixture.status(orderID) == .holdFailed)
        if isReversed {
            #expect(try await fixture.deliver(try #require(reports.first)) == .ignored("late_hold_of_former_attempt"))
        }
        #expect(try await fixture.status(orderID) == .holdFailed)
        #expect(try await fixture.snapshot().orders.first?.cashback == [])
        try await fixture.begin(orderID, "boris", .approve)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .cleared && order.uid == "boris")
    }

    /// A machine's clock may be set back; numbers only grow.
    @Test func `the hold of a failed clear is found by its number`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        fixture.clock.advance(bySeconds: -60)
        let begun = try await fixture.begin(orderID, "anna", .slow)
        for _ in 0..<2 {
            try await fixture.settle([.paymentSettle])
            fixture.clock.advance(bySeconds: 2)
        }
        #expect(try await fixture.status(orderID) == .held)
        let invoice = try #require(begun.edaOrderID)
        try fixture.partners.decide(invoiceID: invoice, number: 3, status: .failed, reason: "limit")
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .clearFailed)
        #expect(fixture.partners.holdings.invoices.map(\.held) == [rub(0)])
    }

    @Test(arguments: PaymentOperation.Status.allCases.filter { $0 != .succeeded })
    func `a report does not undo a success`(status: PaymentOperation.Status) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        let refund = try await fixture.refund(orderID, 1_000)
        try await fixture.drain()
        let before = try await fixture.order(orderID)
        let operations = try await Orders(fixture.services).details(orderID).operations
        _ = try await fixture.deliver(callback(before.edaOrderID, 1, .hold, status))
        _ = try await fixture.deliver(callback(before.edaOrderID, 2, .clear, status))
        _ = try await fixture.deliver(
            callback(before.edaOrderID, refund.number, .refund, status, amount: rub(1_000)))
        #expect(try await fixture.order(orderID) == before)
        #expect(try await Orders(fixture.services).details(orderID).operations == operations)
        try await fixture.drain()
    }
}
