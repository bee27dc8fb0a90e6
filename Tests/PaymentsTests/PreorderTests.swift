import PaymentCore
import PaymentSandbox
import Payments
import Testing
import WorldKit

@Suite struct PreorderTests {
    @Test func `the same bill is the same order`() async throws {
        let till = try await Till()
        let first = try await Preorders(till.services).create(Till.bill())
        till.clock.advance(bySeconds: 60)
        let again = try await Preorders(till.services).create(Till.bill())
        #expect(first.isNew && !again.isNew)
        #expect(again.order == first.order)
        #expect(again.deeplink == first.deeplink)
        #expect(first.cashback?.percent.description == "30" && first.cashback?.amount == Till.promise)
        #expect(try await till.journal(first.order.orderID) == [.created])
        #expect(try await till.tasks().map(\.kind) == [.orderExpire])
    }

    @Test func `another bill under the same key is a new version`() async throws {
        let till = try await Till()
        let first = try await Preorders(till.services).create(Till.bill("b", ("Soup", 12_000)))
        till.clock.advance(bySeconds: 60)
        let second = try await Preorders(till.services).create(Till.bill("b", ("Soup", 12_000), ("Tea", 3_000)))
        #expect(second.isNew && second.order.orderID == first.order.orderID)
        #expect(second.order.billVersion == 2 && second.order.amount == rub(15_000))
        #expect(second.order.expiresAt == first.order.expiresAt.advanced(bySeconds: 60))
        let view = try await Preorders(till.services).view(orderID: first.order.orderID, uid: "anna")
        #expect(view.lines.map(\.name) == ["Soup", "Tea"])
        #expect(view.cashback?.amount == rub(4_500))
        // The same amount with other lines is another bill as well.
        let third = try await Preorders(till.services).create(Till.bill("b", ("Fish", 15_000)))
        #expect(third.order.billVersion == 3)
        try await till.check()
    }

    @Test func `a stale version is refused`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        _ = try await Preorders(till.services).create(Till.bill("bill-1", ("Fish", 9_000)))
        await #expect(throws: OrderError.staleBill(orderID: orderID, seen: 1, current: 2)) {
            try await till.begin(orderID, billVersion: 1)
        }
        #expect(try await till.status(orderID) == .pending)
        let begun = try await till.begin(orderID, billVersion: 2)
        #expect(begun.amount == rub(9_000) && begun.status == .holding)
        try await till.drain()
        #expect(try await till.order(orderID).capturedAmount == rub(9_000))
    }

    @Test(arguments: [Card.approve, .decline, .threeDS])
    func `another bill is a conflict once a payment has begun`(card: Card) async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        try await till.begin(orderID, "anna", card)
        try await till.settle()
        let status = try await till.status(orderID)
        await #expect(
            throws: OrderError.billConflict(
                clientID: Till.clientID, internalOrderID: "bill-1", orderID: orderID, status: status)
        ) {
            _ = try await Preorders(till.services).create(Till.bill("bill-1", ("Fish", 9_000)))
        }
        // The same bill is still the same order.
        let again = try await Preorders(till.services).create(Till.bill())
        #expect(!again.isNew && again.order.status == status)
        try await till.drain()
    }

    @Test func `the same bill number at another restaurant is another order`() async throws {
        let till = try await Till()
        let first = try await till.newOrder()
        var bill = Till.bill()
        bill.clientID = "cafe"
        let second = try await Preorders(till.services).create(bill)
        #expect(second.order.orderID != first)
        #expect(second.restaurant == nil && second.cashback == nil, "not registered, and there is no default rule")
    }

    @Test func `the bill is hidden from others while it is being paid`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        let preorders = Preorders(till.services)
        try await till.begin(orderID, "anna", .threeDS)
        #expect(try await preorders.view(orderID: orderID, uid: "anna").paymentMethods.count == Card.allCases.count)
        await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
            try await preorders.view(orderID: orderID, uid: "boris")
        }
        till.clock.advance(bySeconds: 15 * 60)
        try await till.settle([.paymentSettle])
        #expect(try await till.status(orderID) == .holdFailed)
        #expect(try await preorders.view(orderID: orderID, uid: "boris").order.status == .holdFailed)
        try await till.begin(orderID, "boris")
        try await till.settle([.paymentSettle])
        await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
            try await preorders.view(orderID: orderID, uid: "anna")
        }
        try await till.drain()
    }

    @Test func `an unpaid order is not hidden`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        try await till.begin(orderID, "anna", .decline)
        try await till.settle()
        _ = try await Orders(till.services).cancel(orderID, actor: .support, reason: "left")
        let view = try await Preorders(till.services).view(orderID: orderID, uid: "boris")
        #expect(view.order.status == .canceled)
    }

    @Test func `the cashback rule at the start of the payment applies`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        try await till.begin(orderID, "anna", .decline)
        try await till.settle()
        till.clock.advance(bySeconds: 1)
        _ = try await Restaurants(till.services).add(
            clientID: Till.clientID, name: "Bistro", zone: nil, cashback: try Percent("10"))
        let begun = try await till.begin(orderID, "boris", .slow)
        #expect(begun.cashback?.percent.description == "10")
        till.clock.advance(bySeconds: 1)
        _ = try await Restaurants(till.services).add(
            clientID: Till.clientID, name: "Bistro", zone: nil, cashback: try Percent("50"))
        try await till.drain()
        #expect(till.partners.holdings.ledger.map(\.entry.amount) == [rub(1_200)])
        #expect(try await till.order(orderID).cashbackDue == rub(1_200))
    }

    @Test func `without a rule there is no cashback`() async throws {
        let till = try await Till(cashback: nil)
        let orderID = try await till.paidOrder()
        try await till.drain()
        #expect(try await till.order(orderID).cashback == nil)
        #expect(till.partners.holdings.ledger.isEmpty)
    }
}
