import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing

/// Answers of transactions that contradict the request or its own invoice: they do not settle the order, and an
/// operator is notified.
@Suite(.everyEngine) struct ContradictionTests {
    struct Lie: Sendable, CustomTestStringConvertible {
        var name: String
        var card = Card.approve
        /// Whether a refund of 20 roubles is requested.
        var isRefunding = false
        /// Whether the hold's deadline passes.
        var isLate = false
        var answer: @Sendable (PaymentOperation) -> PaymentOperation = { $0 }
        var invoice: @Sendable (Invoice) -> Invoice? = { $0 }
        /// The order's status afterwards, unchanged.
        var status: OrderStatus
        /// In the task's message.
        var words: String
        var testDescription: String { name }
    }

    private static func changed(
        _ kind: PaymentOperation.Kind, _ change: @escaping @Sendable (inout PaymentOperation) -> Void
    ) -> @Sendable (PaymentOperation) -> PaymentOperation {
        { operation in
            var operation = operation
            if operation.kind == kind { change(&operation) }
            return operation
        }
    }

    private static func shown(_ change: @escaping @Sendable (inout Invoice) -> Void) -> @Sendable (Invoice) -> Invoice?
    {
        { invoice in
            var invoice = invoice
            change(&invoice)
            return invoice
        }
    }

    private static let dollars = Money(minorUnits: 12_000, currency: (try? Currency(code: "USD")) ?? .rub)

    static let lies = [
        Lie(
            name: "a hold of another amount", answer: changed(.hold) { $0.amount = rub(1) }, status: .holding,
            words: "hold 1 of 0.01 RUB is succeeded"),
        Lie(
            name: "a hold in another currency", answer: changed(.hold) { $0.amount = dollars }, status: .holding,
            words: "120.00 USD"),
        Lie(
            name: "a clear of another amount", answer: changed(.clear) { $0.amount = rub(11_999) }, status: .held,
            words: "clear 2 of 119.99 RUB is succeeded"),
        Lie(
            name: "a clear in another currency", answer: changed(.clear) { $0.amount = dollars }, status: .held,
            words: "120.00 USD"),
        Lie(
            name: "a clear that failed, and the invoice shows it captured",
            answer: changed(.clear) { $0.status = .failed }, status: .held,
            words: "clear 2 of 120.00 RUB is failed, and invoice"),
        Lie(
            name: "a clear that failed, and the invoice shows only the sum",
            answer: changed(.clear) { $0.status = .failed },
            invoice: shown { $0.operations.removeAll { $0.kind == .clear } }, status: .held,
            words: "shows 120.00 RUB captured, where we know of 0.00 RUB"),
        Lie(
            name: "a clear that failed on an invoice that is not there",
            answer: changed(.clear) { $0.status = .failed }, invoice: { _ in nil }, status: .held,
            words: "transactions knows no invoice"),
        Lie(
            name: "a void answered succeeded for a captured hold",
            answer: changed(.clear) { $0.status = .failed },
            invoice: shown {
                $0.captured = rub(0)
                for index in $0.operations.indices where $0.operations[index].kind == .clear {
                    $0.operations[index].status = .failed
                }
            }, status: .clearFailed, words: "hold 1 is to be released, and stays succeeded"),
        Lie(
            name: "a void answered voided, and the invoice shows the hold alive", card: .threeDS, isLate: true,
            invoice: shown {
                for index in $0.operations.indices { $0.operations[index].status = .succeeded }
                $0.held = PaymentFixture.bill
            }, status: .holding, words: "hold 1 of 120.00 RUB is voided, and invoice"),
        Lie(
            name: "a void answered voided, and the invoice shows money captured", card: .threeDS, isLate: true,
            invoice: shown { $0.captured = PaymentFixture.bill }, status: .holding, words: "shows 120.00 RUB captured"),
        Lie(
            name: "a void answered succeeded, and the invoice shows money captured", card: .threeDS, isLate: true,
            answer: changed(.hold) { if $0.status == .voided { $0.status = .succeeded } },
            invoice: shown {
                $0.captured = PaymentFixture.bill
                for index in $0.operations.indices { $0.operations[index].status = .succeeded }
            }, status: .holding, words: "shows 120.00 RUB captured"),
        Lie(
            name: "a void of an invoice in another currency", card: .threeDS, isLate: true,
            invoice: shown {
                ($0.held, $0.captured, $0.refunded) = (dollars, dollars, dollars)
                $0.operations = []
            }, status: .holding, words: "is in USD, the order in RUB"),
        Lie(
            name: "a void of an invoice with more given back than taken", card: .threeDS, isLate: true,
            invoice: shown { $0.refunded = rub(1) }, status: .holding, words: "0.01 RUB refunded"),
        Lie(
            name: "a refund of another amount", isRefunding: true, answer: changed(.refund) { $0.amount = rub(2_001) },
            status: .cleared, words: "refund 3 of 20.01 RUB"),
        Lie(
            name: "a refund that failed, and the invoice shows it given", isRefunding: true,
            answer: changed(.refund) { $0.status = .failed }, status: .cleared,
            words: "refund 3 of 20.00 RUB is failed, and invoice"),
        Lie(
            name: "a refund that failed, and the invoice shows only the sum", isRefunding: true,
            answer: changed(.refund) { $0.status = .failed },
            invoice: shown { $0.operations.removeAll { $0.kind == .refund } }, status: .cleared,
            words: "shows 20.00 RUB refunded, where we know of 0.00 RUB"),
    ]

    @Test(arguments: lies)
    func `a contradiction settles nothing and is reported`(_ lie: Lie) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let liar = PaymentFixture.worker(
            "worker-2", PaymentFixture.answering(fixture.services, invoice: lie.invoice, lie.answer))
        if lie.isRefunding {
            try await fixture.begin(orderID)
            try await fixture.settle([.paymentSettle])
            try await fixture.refund(orderID, 2_000)
        } else {
            try await fixture.begin(orderID, "anna", lie.card)
        }
        for _ in 0..<4 {
            while try await !liar.runDue(kinds: [.paymentSettle]).isEmpty {}
            if lie.isLate { fixture.clock.advance(bySeconds: fixture.services.settings.holdTimeoutSeconds) }
        }
        let order = try await fixture.order(orderID)
        #expect(order.status == lie.status)
        #expect(order.capturedAmount == (lie.isRefunding ? PaymentFixture.bill : rub(0)) && order.refunded.isZero)
        let stuck = try await fixture.tasks(.paymentSettle).filter { $0.state == .stuck }
        #expect(stuck.count == 1 && stuck.first?.errorClass == "partner_contradiction", "\(stuck)")
        #expect(stuck.first?.errorMessage?.contains(lie.words) == true, "\(stuck.first?.errorMessage ?? "-")")
        let journal = try await fixture.journal(orderID)
        #expect(journal.count { $0 == .partnerContradiction } == 1)
        #expect(!journal.contains(.holdVoided) && !journal.contains(.refundFailed))
        let explanation = OrderExplanation(
            try await Orders(fixture.services).details(orderID), settings: fixture.services.settings)
        #expect(explanation.waitsFor == .support)
        #expect(!explanation.movedBy.contains(.guestPaysAtRestaurant))
    }

    /// Support has asked transactions, which reports consistently from now on.
    @Test func `once the partner agrees with itself, a requeue goes on`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        let liar = PaymentFixture.answering(fixture.services, Self.changed(.clear) { $0.status = .failed })
        _ = try await PaymentFixture.worker("worker-2", liar).runDue(kinds: [.paymentSettle])
        #expect(try await fixture.status(orderID) == .held)
        let task = try #require(try await fixture.tasks(.paymentSettle).first { $0.state == .stuck })
        _ = try await fixture.worker.run(taskID: task.taskID)
        #expect(try await fixture.status(orderID) == .cleared)
        try await fixture.drain()
    }

    // MARK: Reports

    private func report(
        _ order: Order, _ number: Int, _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status,
        _ amount: Money = PaymentFixture.bill
    ) -> PaymentCallback {
        PaymentCallback(
            eventID: "event", invoiceID: order.edaOrderID ?? "",
            operation: PaymentOperation(number: number, kind: kind, amount: amount, status: status))
    }

    @Test func `a report that a clear failed is compared with the invoice`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID)
        trouble.lost(Calls.clear)
        try await fixture.step([.paymentSettle])
        #expect(try await fixture.status(orderID) == .held)
        for _ in 0..<2 {
            #expect(try await fixture.deliver(report(begun, 2, .clear, .failed)) == .ignored("to_be_confirmed"))
        }
        #expect(try await fixture.status(orderID) == .held)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared, "it had succeeded")
    }

    @Test func `a report that a clear failed is applied once the invoice confirms it`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID, "anna", .slow)
        try await fixture.settle([.paymentSettle])
        fixture.clock.advance(bySeconds: 2)
        try await fixture.settle([.paymentSettle])
        try fixture.partners.decide(invoiceID: begun.edaOrderID ?? "", number: 2, status: .failed, reason: "limit")
        // The payment's own task would poll a second later.
        for callback in fixture.partners.takeCallbacks() { try await fixture.deliver(callback) }
        #expect(try await fixture.status(orderID) == .held)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .clearFailed)
    }

    struct Report: Sendable, CustomTestStringConvertible {
        var name: String
        var number: Int
        var kind: PaymentOperation.Kind
        var status: PaymentOperation.Status
        var amount = PaymentFixture.bill
        var testDescription: String { name }
    }

    static let falseReports = [
        Report(name: "a clear that succeeded has failed", number: 2, kind: .clear, status: .failed),
        Report(name: "a clear that succeeded is voided", number: 2, kind: .clear, status: .voided),
        Report(name: "a captured hold is voided", number: 1, kind: .hold, status: .voided),
        Report(name: "a hold that succeeded has failed", number: 1, kind: .hold, status: .failed),
        Report(name: "another amount was captured", number: 2, kind: .clear, status: .succeeded, amount: rub(1)),
        Report(name: "an operation that nobody asked for", number: 9, kind: .refund, status: .succeeded),
    ]

    /// The invoice confirms our side: the report was wrong, and nothing needs to be done.
    @Test(arguments: falseReports)
    func `a report that the invoice refutes changes nothing`(_ this: Report) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let before = try await fixture.order(orderID)
        _ = try await fixture.deliver(report(before, this.number, this.kind, this.status, this.amount))
        #expect(try await fixture.tasks(.paymentSettle).contains { $0.key.contains(":compare:") && $0.state == .ready })
        try await fixture.drain()
        #expect(try await fixture.order(orderID) == before)
    }

    private static let trueReports: [(name: String, number: Int, change: @Sendable (inout Invoice) -> Void)] = [
        ("the clear is shown as failed", 2, { $0.operations[1].status = .failed }),
        ("another amount was captured", 2, { $0.operations[1].amount = rub(1) }),
        ("more was captured than was asked for", 2, { $0.captured = rub(24_000) }),
        (
            "a refund that nobody asked for", 9,
            {
                $0.operations.append(
                    PaymentOperation(number: 9, kind: .refund, amount: PaymentFixture.bill, status: .succeeded))
            }
        ),
    ]

    @Test(arguments: trueReports.indices)
    func `a report that the invoice bears out is a contradiction`(index: Int) async throws {
        let (name, number, change) = Self.trueReports[index]
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        let before = try await fixture.order(orderID)
        _ = try await fixture.deliver(report(before, number, number == 9 ? .refund : .clear, .failed))
        let liar = PaymentFixture.worker(
            "worker-2", PaymentFixture.answering(fixture.services, invoice: Self.shown(change)))
        while try await !liar.runDue(kinds: [.paymentSettle]).isEmpty {}
        #expect(try await fixture.order(orderID) == before)
        let stuck = try await fixture.tasks(.paymentSettle).filter { $0.state == .stuck }
        #expect(stuck.map(\.errorClass) == ["partner_contradiction"], "\(name)")
        #expect(try await fixture.journal(orderID).last == .partnerContradiction)
    }
}
