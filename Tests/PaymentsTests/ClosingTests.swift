import PaymentCore
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// Orders that are not paid.
@Suite(.everyEngine) struct ClosingTests {
    @Test(arguments: [nil, Card.decline])
    func `an unpaid order expires`(card: Card?) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        if let card { try await fixture.begin(orderID, "anna", card) }
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .expired)
        #expect(fixture.clock.now == (try await fixture.order(orderID).expiresAt))
        #expect(try await fixture.journal(orderID).last == .expired)
    }

    @Test func `a changed bill gets a new expiry`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        fixture.clock.advance(bySeconds: 3600)
        _ = try await Preorders(fixture.services).create(PaymentFixture.bill("bill-1", ("Fish", 9_000)))
        fixture.clock.advance(bySeconds: 3600)
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .pending)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .expired)
    }

    @Test func `expiry waits for a payment in progress`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        fixture.clock.advance(bySeconds: fixture.services.settings.orderTTLSeconds - 1)
        try await fixture.begin(orderID, "anna", .threeDS)
        try await fixture.settle([.paymentSettle])
        fixture.clock.advance(bySeconds: 60)
        try await fixture.settle([.orderExpire])
        #expect(try await fixture.status(orderID) == .holding)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .expired)
        #expect(try await fixture.journal(orderID).suffix(2) == [.holdFailed, .expired])
    }

    @Test func `canceling closes an unpaid order once`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        for _ in 0..<2 {
            let order = try await Orders(fixture.services).cancel(orderID, actor: .support, reason: "left")
            #expect(order.status == .canceled)
        }
        #expect(try await fixture.journal(orderID) == [.created, .canceled])
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .canceled)
    }

    @Test func `an order being paid cannot be canceled`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .slow)
        for status in [OrderStatus.holding, .held, .cleared] {
            #expect(try await fixture.status(orderID) == status)
            await #expect(throws: OrderError.stateForbids(orderID: orderID, action: "cancel", status: status)) {
                try await Orders(fixture.services).cancel(orderID, actor: .support, reason: "left")
            }
            try await fixture.settle([.paymentSettle])
            fixture.clock.advance(bySeconds: 2)
            try await fixture.settle([.paymentSettle])
        }
        try await fixture.drain()
    }
}
