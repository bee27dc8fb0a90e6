import PaymentCore
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// A refund without a key that may repeat an earlier one.
@Suite(.everyEngine) struct RefundRepetitionTests {
    private typealias Line = Payments.RefundRequest.Line

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var first: (kopecks: Int64?, lines: [Payments.RefundRequest.Line]) = (1_500, [])
        /// What happens between the two: seconds that pass before the first is done, whether it is, and seconds after.
        var secondsUndecided = 0.0
        var seconds = 0.0
        var isDone = false
        var second: (kopecks: Int64?, lines: [Payments.RefundRequest.Line]) = (1_500, [])
        var isRefused: Bool
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "undecided", isRefused: true),
        Case(name: "undecided for a day", seconds: 86_400, isRefused: true),
        Case(name: "done a moment ago", isDone: true, isRefused: true),
        Case(name: "done 59 seconds ago", seconds: 59, isDone: true, isRefused: true),
        Case(name: "done a minute ago", seconds: 60, isDone: true, isRefused: false),
        Case(name: "done a moment ago, after an hour", secondsUndecided: 3_600, isDone: true, isRefused: true),
        Case(name: "another amount", second: (1_501, []), isRefused: false),
        Case(name: "a line of the same amount", second: (nil, [Line(number: 2)]), isRefused: false),
        Case(
            name: "the same lines", first: (nil, [Line(number: 1, amount: rub(500)), Line(number: 2)]),
            second: (nil, [Line(number: 1, amount: rub(500)), Line(number: 2)]), isRefused: true),
        Case(
            name: "the same lines in another order",
            first: (nil, [Line(number: 1, amount: rub(500)), Line(number: 2, amount: rub(100))]),
            second: (nil, [Line(number: 2, amount: rub(100)), Line(number: 1, amount: rub(500))]), isRefused: true),
        Case(
            name: "what was left of a line", first: (nil, [Line(number: 2)]), isDone: true,
            second: (nil, [Line(number: 2)]), isRefused: true),
        Case(
            name: "what is left of a line", first: (nil, [Line(number: 1, amount: rub(500))]),
            second: (nil, [Line(number: 1)]), isRefused: false),
        Case(
            name: "another part of a line", first: (nil, [Line(number: 1, amount: rub(500))]),
            second: (nil, [Line(number: 1, amount: rub(501))]), isRefused: false),
        Case(name: "all that is left", second: (nil, []), isRefused: false),
    ]

    /// A paid order of 90 roubles of soup and twice 15 of tea.
    private func paidDinner(_ fixture: PaymentFixture) async throws -> String {
        let bill = PaymentFixture.bill("dinner", ("Soup", 9_000), ("Tea", 1_500), ("Tea", 1_500))
        let orderID = try await Preorders(fixture.services).create(bill).order.orderID
        try await fixture.begin(orderID)
        try await fixture.settle([.paymentSettle, .cashbackAccrue])
        return orderID
    }

    @Test(arguments: cases)
    func `the same refund again is refused while it may be the same one`(_ this: Case) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await paidDinner(fixture)
        let first = try await fixture.refund(orderID, this.first.kopecks, lines: this.first.lines)
        fixture.clock.advance(bySeconds: this.secondsUndecided)
        if this.isDone { try await fixture.settle([.paymentSettle]) }
        fixture.clock.advance(bySeconds: this.seconds)
        func again(key: String? = nil, isAgain: Bool = false) async throws -> PaymentOperation {
            try await fixture.refund(
                orderID, this.second.kopecks, lines: this.second.lines, key: key, isAgain: isAgain)
        }
        guard this.isRefused else {
            #expect(try await again().number == first.number + 1)
            return try await fixture.drain()
        }
        let error = await #expect(throws: OrderError.self) { try await again() }
        guard case .refundRepeated(orderID, let earlier)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(earlier.operation.number == first.number && earlier.operation.amount == first.amount)
        #expect(earlier.operation.status == (this.isDone ? .succeeded : .pending))
        #expect((earlier.documentID != nil) == this.isDone)
        #expect(try await fixture.snapshot().orders.first?.operations.count == 3, "nothing was begun")
        if this.second.kopecks != nil {
            #expect(try await again(isAgain: true).number == first.number + 1)
            #expect(try await again(key: "other").number == first.number + 2)
        }
        try await fixture.drain()
    }

    @Test func `a failed refund may be requested again immediately`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await paidDinner(fixture)
        trouble.refused(Calls.refund, "refund_window_closed")
        try await fixture.refund(orderID, 1_500)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.journal(orderID).contains(.refundFailed))
        try await fixture.refund(orderID, 1_500)
        try await fixture.drain()
        #expect(try await fixture.order(orderID).refunded == rub(1_500))
    }

    @Test func `one of many concurrent refunds is begun`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await paidDinner(fixture)
        let begun = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await fixture.refund(orderID, 1_000)) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(begun == 1)
        try await fixture.drain()
        #expect(try await fixture.order(orderID).refunded == rub(1_000))
    }
}
