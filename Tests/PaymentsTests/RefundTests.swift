import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing

@Suite(.everyEngine) struct RefundTests {
    @Test func `a part is refunded`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.refund(orderID, 2_000)
        #expect(try await fixture.order(orderID).refunded == rub(0), "nothing counts before transactions says so")
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .cleared && order.refunded == rub(2_000) && order.kept == rub(10_000))
        #expect(order.cashbackDue == rub(3_000))
        let receipts = try await Receipts(fixture.services).list(orderID: orderID, limit: 10)
        #expect(
            receipts.map(\.kind) == [.payment, .refund] && receipts.map(\.cost) == [PaymentFixture.bill, rub(2_000)])
        #expect(receipts.map(\.documentID.last) == ["1", "2"])
        #expect(fixture.partners.holdings.ledger.map(\.entry.amount) == [PaymentFixture.promise, rub(600)])
    }

    @Test(arguments: [Card.approve, .slow])
    func `the whole amount is refunded`(card: Card) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", card)
        try await fixture.drain()
        try await fixture.refund(orderID, 5_000)
        try await fixture.refund(orderID, nil)
        try await fixture.drain()
        let order = try await fixture.order(orderID)
        #expect(order.status == .refunded && order.kept.isZero && order.status.iiko == .payed)
        #expect(fixture.partners.holdings.invoices.map(\.refunded) == [PaymentFixture.bill])
        await #expect(throws: OrderError.stateForbids(orderID: orderID, action: "refund", status: .refunded)) {
            try await fixture.refund(orderID, 1)
        }
    }

    /// Two refunds of 60 on a capture of 100.
    @Test func `concurrent refunds do not exceed the captured amount`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        let outcomes = await withTaskGroup(of: OrderError?.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        try await fixture.refund(orderID, 7_000, isAgain: true)
                        return nil
                    } catch { return error as? OrderError }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == nil }.count == 1)
        #expect(
            outcomes.compactMap { $0 }.allSatisfy {
                $0 == .refundExceeds(orderID: orderID, requested: rub(7_000), available: rub(5_000))
            })
        try await fixture.drain()
        #expect(try await fixture.order(orderID).refunded == rub(7_000))
    }

    @Test func `a failed refund frees what it reserved`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .slow)
        try await fixture.drain()
        let failing = try await fixture.refund(orderID, 12_000)
        try await fixture.settle([.paymentSettle])
        await #expect(throws: OrderError.refundExceeds(orderID: orderID, requested: rub(1), available: rub(0))) {
            try await fixture.refund(orderID, 1)
        }
        let invoice = try #require(try await fixture.order(orderID).edaOrderID)
        try fixture.partners.decide(invoiceID: invoice, number: failing.number, status: .failed, reason: "card_closed")
        try await fixture.drain()
        #expect(try await fixture.journal(orderID).last == .refundFailed)
        let order = try await fixture.order(orderID)
        #expect(order.status == .cleared && order.refunded.isZero)
        try await fixture.refund(orderID, 12_000)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .refunded)
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == 2)
    }

    @Test func `a lost answer is not a second refund`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        trouble.lost(Calls.refund)
        try await fixture.refund(orderID, 5_000)
        try await fixture.drain()
        #expect(trouble.isOver)
        #expect(try await fixture.order(orderID).refunded == rub(5_000))
        #expect(fixture.partners.holdings.invoices.map(\.refunded) == [rub(5_000)])
    }

    @Test(
        arguments: [
            ("nothing", rub(0), OrderError.badRefund(orderID: "", reason: "the amount must be positive")),
            ("less than nothing", rub(-1), .badRefund(orderID: "", reason: "the amount must be positive")),
            ("more than all", rub(12_001), .refundExceeds(orderID: "", requested: rub(12_001), available: rub(12_000))),
            ("another currency", nil, .badRefund(orderID: "", reason: "the order is in RUB")),
        ] as [(String, Money?, OrderError)])
    func `invalid refunds are refused`(what: String, amount: Money?, error: OrderError) async throws {
        let fixture = try await PaymentFixture()
        let dollar = Money(minorUnits: 100, currency: try Currency(code: "USD"))
        let orderID = try await fixture.paidOrder()
        let before = try await fixture.snapshot()
        await #expect(throws: OrderError.self) {
            do {
                _ = try await Payments(fixture.services).refund(
                    Payments.RefundRequest(orderID: orderID, amount: amount ?? dollar, reason: "x"), actor: .support)
            } catch let thrown as OrderError {
                #expect(thrown == error.of(orderID))
                throw thrown
            }
        }
        let after = try await fixture.snapshot()
        #expect(after == before)
    }

    @Test func `nothing can be refunded before the payment`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        await #expect(throws: OrderError.stateForbids(orderID: orderID, action: "refund", status: .pending)) {
            try await fixture.refund(orderID, 1)
        }
        try await fixture.begin(orderID, "anna", .threeDS)
        await #expect(throws: OrderError.stateForbids(orderID: orderID, action: "refund", status: .holding)) {
            try await fixture.refund(orderID, nil)
        }
    }

    // MARK: By line

    private typealias Line = Payments.RefundRequest.Line

    /// A paid order of 90 roubles of soup and twice 15 of tea.
    private func paidDinner(_ fixture: PaymentFixture) async throws -> String {
        let bill = PaymentFixture.bill("dinner", ("Soup", 9_000), ("Tea", 1_500), ("Tea", 1_500))
        let orderID = try await Preorders(fixture.services).create(bill).order.orderID
        try await fixture.begin(orderID)
        try await fixture.settle([.paymentSettle, .cashbackAccrue])
        return orderID
    }

    @Test func `lines determine the refunded amount`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await paidDinner(fixture)
        let lines = [Line(number: 1, amount: rub(1_500)), Line(number: 3)]
        #expect(try await fixture.refund(orderID, nil, lines: lines).amount == rub(3_000))
        await #expect(
            throws: OrderError.badRefund(orderID: orderID, reason: "the lines are 15.00 RUB, the amount is 50.00 RUB")
        ) { try await fixture.refund(orderID, 5_000, lines: [Line(number: 2)]) }
        try await fixture.drain()
        #expect(try await fixture.order(orderID).refunded == rub(3_000))
        let document = try #require(try await fixture.snapshot().orders.first?.documents.last)
        #expect(document.version == 2)
        #expect(
            document.lines == [
                BillLine(name: "Soup", amount: rub(1_500), number: 1),
                BillLine(name: "Tea", amount: rub(1_500), number: 3),
            ])
    }

    /// Over several refunds, succeeded and pending, and within one; the other tea is another line.
    @Test func `a line is refunded once`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await paidDinner(fixture)
        try await fixture.refund(orderID, nil, lines: [Line(number: 1, amount: rub(4_000))])
        try await fixture.drain()
        try await fixture.refund(orderID, nil, lines: [Line(number: 1, amount: rub(3_000)), Line(number: 2)])
        func exceeds(_ number: Int, _ requested: Int64, _ available: Int64) -> OrderError {
            .refundExceedsLine(
                orderID: orderID, number: number, requested: rub(requested), available: rub(available))
        }
        let refused: [([Line], OrderError)] = [
            ([Line(number: 1, amount: rub(2_001))], exceeds(1, 2_001, 2_000)),
            ([Line(number: 1, amount: rub(1_500)), Line(number: 1, amount: rub(501))], exceeds(1, 501, 500)),
            ([Line(number: 2)], exceeds(2, 1_500, 0)),
            ([Line(number: 3), Line(number: 3)], exceeds(3, 1_500, 0)),
            (
                [Line(number: 3, amount: rub(0))],
                .badRefund(orderID: orderID, reason: "line 3 must be positive")
            ),
            ([Line(number: 4)], .badRefund(orderID: orderID, reason: "the bill has no line 4; it has 3")),
            ([Line(number: 0)], .badRefund(orderID: orderID, reason: "the bill has no line 0; it has 3")),
        ]
        for (lines, error) in refused {
            await #expect(throws: error) { try await fixture.refund(orderID, nil, lines: lines) }
        }
        #expect(try await fixture.refund(orderID, nil, lines: [Line(number: 1)]).amount == rub(2_000))
        #expect(try await fixture.refund(orderID, nil).amount == rub(1_500), "what is left is the other tea")
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .refunded)
    }

    // MARK: Again

    @Test func `the same key is the same refund`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await paidDinner(fixture)
        let first = try await fixture.refund(orderID, nil, lines: [Line(number: 2)], key: "return-7")
        #expect(try await fixture.refund(orderID, nil, lines: [Line(number: 2)], key: "return-7") == first)
        try await fixture.drain()
        let again = try await fixture.refund(orderID, nil, lines: [Line(number: 2)], key: "return-7")
        #expect(again.number == first.number && again.status == .succeeded)
        #expect(try await fixture.order(orderID).refunded == rub(1_500))
        await #expect(throws: Problem.self, "another refund") {
            try await fixture.refund(orderID, 1_500, key: "return-7")
        }
        try await fixture.refund(orderID, nil, key: "rest")
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .refunded)
        let rest = try await fixture.refund(orderID, nil, key: "rest")
        #expect(rest.status == .succeeded, "also once there is nothing left")
    }

    // MARK: Refused

    /// Transactions declines: the refund has failed, and the amount it had reserved is available again.
    @Test func `a refused refund has failed`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await paidDinner(fixture)
        trouble.refused(Calls.refund, "refund_window_closed")
        try await fixture.refund(orderID, nil, lines: [Line(number: 1)])
        try await fixture.settle([.paymentSettle])
        let failed = try #require(try await Orders(fixture.services).history(orderID).last)
        #expect(failed.event == .refundFailed && failed.detail["reason"] == "refund_window_closed")
        try await fixture.refund(orderID, nil, lines: [Line(number: 1)])
        try await fixture.drain()
        #expect(trouble.isOver)
        #expect(try await fixture.order(orderID).refunded == rub(9_000))
    }

    /// A lost response, and then a decline: a refund that transactions has begun is not a failure, whatever the answer
    /// to its repetition.
    @Test func `a refused repetition is not a failure`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await paidDinner(fixture)
        trouble.after(Calls.refund) { action in
            trouble.refused(Calls.refund, "key_reused")
            throw action.error(.timedOut)
        }
        let refund = try await fixture.refund(orderID, 2_000)
        try await fixture.drain()
        let task = try #require(
            try await fixture.tasks(.paymentSettle).first { $0.key.hasSuffix(":\(refund.number)") })
        let attempts = try await fixture.services.queue.details(task.taskID).attempts
        #expect(attempts.map(\.errorClass) == ["partner_timed_out", "partner_rejected"])
        #expect(trouble.isOver)
        #expect(try await fixture.order(orderID).refunded == rub(2_000))
        #expect(try await !fixture.journal(orderID).contains(.refundFailed))
    }
}

extension OrderError {
    /// The same error about another order.
    fileprivate func of(_ orderID: String) -> OrderError {
        switch self {
        case .badRefund(_, let reason): .badRefund(orderID: orderID, reason: reason)
        case .refundExceeds(_, let requested, let available):
            .refundExceeds(orderID: orderID, requested: requested, available: available)
        default: self
        }
    }
}
