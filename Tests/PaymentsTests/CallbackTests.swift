import PaymentCore
import PaymentSandbox
import Payments
import Testing

/// Reports of transactions: once, twice, late, out of order, wrong.
@Suite struct CallbackTests {
    private func callback(
        _ invoiceID: String?, _ number: Int, _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status,
        amount: Money = Till.bill
    ) -> PaymentCallback {
        PaymentCallback(
            eventID: "event", invoiceID: invoiceID ?? "",
            operation: PaymentOperation(number: number, kind: kind, amount: amount, status: status))
    }

    @Test func `a callback has the same effect as polling`() async throws {
        let till = try await Till()
        let trouble = Trouble(till.partners)
        let orderID = try await till.newOrder()
        try await till.begin(orderID)
        trouble.lost(Calls.hold)
        try await till.step([.paymentSettle])
        let callback = try #require(till.partners.takeCallbacks().first)
        #expect(try await till.deliver(callback) == .applied)
        #expect(try await till.status(orderID) == .held)
        #expect(try await till.tasks(.paymentSettle).first?.state == .ready, "the task need not wait any more")
        try await till.drain()
    }

    @Test func `a duplicate changes nothing`() async throws {
        let till = try await Till()
        let orderID = try await till.paidOrder(.slow)
        try await till.drain()
        let before = try await till.snapshot()
        let callbacks = till.partners.takeCallbacks()
        #expect(callbacks.count == 2)
        for callback in callbacks + callbacks.reversed() + callbacks {
            #expect(try await till.deliver(callback) == .duplicate)
        }
        let after = try await till.snapshot()
        #expect(after == before, "not even the journal grows")
        #expect(try await till.status(orderID) == .cleared)
    }

    @Test func `many copies of a callback cause one change`() async throws {
        let till = try await Till()
        let trouble = Trouble(till.partners)
        let orderID = try await till.newOrder()
        try await till.begin(orderID)
        trouble.lost(Calls.hold)
        try await till.step([.paymentSettle])
        let callback = try #require(till.partners.takeCallbacks().first)
        let effects = try await withThrowingTaskGroup(of: Payments.Effect.self) { group in
            for _ in 0..<50 { group.addTask { try await till.deliver(callback) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(effects.filter { $0 == .applied }.count == 1)
        #expect(effects.filter { $0 == .duplicate }.count == 49)
        #expect(try await till.journal(orderID).filter { $0 == .held }.count == 1)
        try await till.drain()
    }

    @Test func `an older operation is ignored`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let first = try await till.begin(orderID, "anna", .threeDS)
        try await till.settle()
        till.clock.advance(bySeconds: 15 * 60)
        try await till.settle([.paymentSettle])
        let second = try await till.begin(orderID, "anna", .slow)
        #expect(second.operation == 2)
        let effect = try await till.deliver(callback(first.edaOrderID, 1, .hold, .failed))
        #expect(effect == .ignored("not_the_current_operation"))
        #expect(try await till.order(orderID) == second)
        #expect(try await till.journal(orderID).last == .callbackIgnored)
        try await till.drain()
        #expect(try await till.status(orderID) == .cleared)
    }

    @Test(arguments: ["while the next one pays", "after the next one paid", "when nobody pays"])
    func `a former payer's late success is voided`(when: String) async throws {
        let till = try await Till()
        let trouble = Trouble(till.partners)
        let orderID = try await till.newOrder()
        let anna = try await till.begin(orderID, "anna", .decline)
        try await till.settle()
        if when != "when nobody pays" { try await till.begin(orderID, "boris", .slow) }
        if when == "after the next one paid" { try await till.drain() }
        let before = try await till.order(orderID)
        let effect = try await till.deliver(callback(anna.edaOrderID, 1, .hold, .succeeded))
        #expect(effect == .ignored("late_hold_of_former_attempt"))
        #expect(try await till.order(orderID) == before)
        try await till.settle([.paymentSettle])
        let invoice = try #require(anna.edaOrderID)
        #expect(trouble.calls.contains(.void(invoiceID: invoice, number: 1)))
        #expect(try await till.journal(orderID).contains(.holdVoided))
        try await till.drain()
        #expect(try await till.status(orderID) == (when == "when nobody pays" ? .expired : .cleared))
    }

    @Test(arguments: ["amount", "currency", "kind"])
    func `a wrong report does not block the right one`(wrongIn field: String) async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let begun = try await till.begin(orderID)
        var wrong = callback(begun.edaOrderID, 1, .hold, .succeeded)
        switch field {
        case "amount": wrong.operation.amount = rub(1)
        case "currency": wrong.operation.amount.currency = try Currency(code: "USD")
        default: wrong.operation.kind = .refund
        }
        #expect(try await till.deliver(wrong) == .ignored("other_kind_or_amount"))
        #expect(try await till.deliver(wrong) == .duplicate, "and is told once")
        #expect(try await till.status(orderID) == .holding)
        try await till.drain()
        #expect(try await till.status(orderID) == .cleared)
    }

    /// The report is not trusted, and the invoice is examined.
    @Test func `unknown and undecided reports leave no trace`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let begun = try await till.begin(orderID, "anna", .threeDS)
        let before = try await till.snapshot()
        #expect(try await till.deliver(callback("nope", 1, .hold, .succeeded)) == .ignored("unknown_operation"))
        #expect(
            try await till.deliver(callback(begun.edaOrderID, 2, .clear, .succeeded)) == .ignored("unknown_operation"),
            "the clear is not asked for before the hold is known")
        #expect(try await till.deliver(callback(begun.edaOrderID, 1, .hold, .pending)) == .ignored("pending"))
        let after = try await till.snapshot()
        #expect(after == before)
    }

    @Test func `a clear reported before its hold is not lost`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let begun = try await till.begin(orderID)
        let clear = callback(begun.edaOrderID, 2, .clear, .succeeded)
        #expect(try await till.deliver(clear) == .ignored("unknown_operation"))
        #expect(try await till.status(orderID) == .holding)
        try await till.drain()
        #expect(try await till.status(orderID) == .cleared)
        #expect(try await till.deliver(clear) == .duplicate)
    }

    @Test func `a released hold ends the payment unpaid`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let begun = try await till.begin(orderID, "anna", .slow)
        try await till.settle([.paymentSettle])
        till.clock.advance(bySeconds: 2)
        till.partners.advance()
        let invoice = try #require(begun.edaOrderID)
        try till.partners.decide(invoiceID: invoice, number: 1, status: .lapsed)
        for callback in till.partners.takeCallbacks() { try await till.deliver(callback) }
        #expect(try await till.status(orderID) == .held)
        try await till.drain()
        #expect(try await till.status(orderID) == .clearFailed)
    }

    /// A bank may release a hold before we have learned that there was one. Nothing was accrued and nothing is held any
    /// more: as after any failed hold, the order is open to the same guest and to others.
    @Test(arguments: [false, true])
    func `a hold that lapses before its outcome is known has failed`(isReversed: Bool) async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let begun = try await till.begin(orderID, "anna", .slow)
        _ = try await till.step([.paymentSettle])
        till.clock.advance(bySeconds: 2)
        till.partners.advance()
        try till.partners.decide(invoiceID: try #require(begun.edaOrderID), number: 1, status: .lapsed)
        // The success is known only from the report that comes after the lapse, or not at all.
        let reports = till.partners.takeCallbacks()
        #expect(reports.map(\.operation.status) == [.succeeded, .lapsed])
        try await till.deliver(try #require(reports.last))
        #expect(try await till.status(orderID) == .holdFailed)
        if isReversed {
            #expect(try await till.deliver(try #require(reports.first)) == .ignored("late_hold_of_former_attempt"))
        }
        #expect(try await till.status(orderID) == .holdFailed)
        #expect(try await till.snapshot().orders.first?.cashback == [])
        try await till.begin(orderID, "boris", .approve)
        try await till.drain()
        let order = try await till.order(orderID)
        #expect(order.status == .cleared && order.uid == "boris")
    }

    /// A machine's clock may be set back; numbers only grow.
    @Test func `the hold of a failed clear is found by its number`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        try await till.begin(orderID, "anna", .decline)
        try await till.settle()
        till.clock.advance(bySeconds: -60)
        let begun = try await till.begin(orderID, "anna", .slow)
        for _ in 0..<2 {
            try await till.settle([.paymentSettle])
            till.clock.advance(bySeconds: 2)
        }
        #expect(try await till.status(orderID) == .held)
        let invoice = try #require(begun.edaOrderID)
        try till.partners.decide(invoiceID: invoice, number: 3, status: .failed, reason: "limit")
        try await till.drain()
        #expect(try await till.status(orderID) == .clearFailed)
        #expect(till.partners.holdings.invoices.map(\.held) == [rub(0)])
    }

    @Test(arguments: PaymentOperation.Status.allCases.filter { $0 != .succeeded })
    func `a report does not undo a success`(status: PaymentOperation.Status) async throws {
        let till = try await Till()
        let orderID = try await till.paidOrder()
        let refund = try await till.refund(orderID, 1_000)
        try await till.drain()
        let before = try await till.order(orderID)
        let operations = try await Orders(till.services).details(orderID).operations
        _ = try await till.deliver(callback(before.edaOrderID, 1, .hold, status))
        _ = try await till.deliver(callback(before.edaOrderID, 2, .clear, status))
        _ = try await till.deliver(
            callback(before.edaOrderID, refund.number, .refund, status, amount: rub(1_000)))
        #expect(try await till.order(orderID) == before)
        #expect(try await Orders(till.services).details(orderID).operations == operations)
        try await till.drain()
    }
}
