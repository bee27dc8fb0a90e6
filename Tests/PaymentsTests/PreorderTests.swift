import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct PreorderTests {
    @Test func `the same bill is the same order`() async throws {
        let fixture = try await PaymentFixture()
        let first = try await Preorders(fixture.services).create(PaymentFixture.bill())
        fixture.clock.advance(bySeconds: 60)
        let again = try await Preorders(fixture.services).create(PaymentFixture.bill())
        #expect(first.isNew && !again.isNew)
        #expect(again.order == first.order)
        #expect(again.deeplink == first.deeplink)
        #expect(first.cashback?.percent.description == "30" && first.cashback?.amount == PaymentFixture.promise)
        #expect(try await fixture.journal(first.order.orderID) == [.created])
        #expect(try await fixture.tasks().map(\.kind) == [.orderExpire])
    }

    @Test func `another bill under the same key is a new version`() async throws {
        let fixture = try await PaymentFixture()
        let first = try await Preorders(fixture.services).create(PaymentFixture.bill("b", ("Soup", 12_000)))
        fixture.clock.advance(bySeconds: 60)
        let second = try await Preorders(fixture.services).create(
            PaymentFixture.bill("b", ("Soup", 12_000), ("Tea", 3_000)))
        #expect(second.isNew && second.order.orderID == first.order.orderID)
        #expect(second.order.billVersion == 2 && second.order.amount == rub(15_000))
        #expect(second.order.expiresAt == first.order.expiresAt.advanced(bySeconds: 60))
        let view = try await Preorders(fixture.services).view(orderID: first.order.orderID, uid: "anna")
        #expect(view.lines.map(\.name) == ["Soup", "Tea"])
        #expect(view.cashback?.amount == rub(4_500))
        // The same amount with other lines is another bill as well.
        let third = try await Preorders(fixture.services).create(PaymentFixture.bill("b", ("Fish", 15_000)))
        #expect(third.order.billVersion == 3)
        try await fixture.check()
    }

    @Test func `a stale version is refused`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        _ = try await Preorders(fixture.services).create(PaymentFixture.bill("bill-1", ("Fish", 9_000)))
        await #expect(throws: OrderError.staleBill(orderID: orderID, seen: 1, current: 2)) {
            try await fixture.begin(orderID, billVersion: 1)
        }
        #expect(try await fixture.status(orderID) == .pending)
        let begun = try await fixture.begin(orderID, billVersion: 2)
        #expect(begun.amount == rub(9_000) && begun.status == .holding)
        try await fixture.drain()
        #expect(try await fixture.order(orderID).capturedAmount == rub(9_000))
    }

    @Test(arguments: [Card.approve, .decline, .threeDS])
    func `another bill is a conflict once a payment has begun`(card: Card) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", card)
        try await fixture.settle()
        let status = try await fixture.status(orderID)
        await #expect(
            throws: OrderError.billConflict(
                clientID: PaymentFixture.clientID, internalOrderID: "bill-1", orderID: orderID, status: status)
        ) {
            _ = try await Preorders(fixture.services).create(PaymentFixture.bill("bill-1", ("Fish", 9_000)))
        }
        // The same bill is still the same order.
        let again = try await Preorders(fixture.services).create(PaymentFixture.bill())
        #expect(!again.isNew && again.order.status == status)
        try await fixture.drain()
    }

    @Test func `the same bill number at another restaurant is another order`() async throws {
        let fixture = try await PaymentFixture()
        let first = try await fixture.newOrder()
        var bill = PaymentFixture.bill()
        bill.clientID = "cafe"
        let second = try await Preorders(fixture.services).create(bill)
        #expect(second.order.orderID != first)
        #expect(second.restaurant == nil && second.cashback == nil, "not registered, and there is no default rule")
    }

    @Test func `the bill is hidden from others while it is being paid`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let preorders = Preorders(fixture.services)
        try await fixture.begin(orderID, "anna", .threeDS)
        #expect(try await preorders.view(orderID: orderID, uid: "anna").paymentMethods.count == Card.allCases.count)
        await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
            try await preorders.view(orderID: orderID, uid: "boris")
        }
        fixture.clock.advance(bySeconds: 15 * 60)
        try await fixture.settle([.paymentSettle])
        #expect(try await fixture.status(orderID) == .holdFailed)
        #expect(try await preorders.view(orderID: orderID, uid: "boris").order.status == .holdFailed)
        try await fixture.begin(orderID, "boris")
        try await fixture.settle([.paymentSettle])
        await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
            try await preorders.view(orderID: orderID, uid: "anna")
        }
        try await fixture.drain()
    }

    @Test func `an unpaid order is not hidden`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        _ = try await Orders(fixture.services).cancel(orderID, actor: .support, reason: "left")
        let view = try await Preorders(fixture.services).view(orderID: orderID, uid: "boris")
        #expect(view.order.status == .canceled)
    }

    @Test func `the cashback rule at the start of the payment applies`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        fixture.clock.advance(bySeconds: 1)
        _ = try await Restaurants(fixture.services).add(
            clientID: PaymentFixture.clientID, name: "Bistro", zone: nil, cashback: try Percent("10"))
        let begun = try await fixture.begin(orderID, "boris", .slow)
        #expect(begun.cashback?.percent.description == "10")
        fixture.clock.advance(bySeconds: 1)
        _ = try await Restaurants(fixture.services).add(
            clientID: PaymentFixture.clientID, name: "Bistro", zone: nil, cashback: try Percent("50"))
        try await fixture.drain()
        #expect(fixture.partners.holdings.ledger.map(\.entry.amount) == [rub(1_200)])
        #expect(try await fixture.order(orderID).cashbackDue == rub(1_200))
    }

    @Test func `without a rule there is no cashback`() async throws {
        let fixture = try await PaymentFixture(cashback: nil)
        let orderID = try await fixture.paidOrder()
        try await fixture.drain()
        #expect(try await fixture.order(orderID).cashback == nil)
        #expect(fixture.partners.holdings.ledger.isEmpty)
    }
}
