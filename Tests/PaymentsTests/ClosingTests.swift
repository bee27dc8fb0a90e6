import PaymentCore
import PaymentSandbox
import Payments
import Testing

/// Orders that are not paid.
@Suite struct ClosingTests {
    @Test(arguments: [nil, Card.decline])
    func `an unpaid order expires`(card: Card?) async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        if let card { try await till.begin(orderID, "anna", card) }
        try await till.drain()
        #expect(try await till.status(orderID) == .expired)
        #expect(till.clock.now == (try await till.order(orderID).expiresAt))
        #expect(try await till.journal(orderID).last == .expired)
    }

    @Test func `a changed bill gets a new expiry`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        till.clock.advance(bySeconds: 3600)
        _ = try await Preorders(till.services).create(Till.bill("bill-1", ("Fish", 9_000)))
        till.clock.advance(bySeconds: 3600)
        try await till.settle()
        #expect(try await till.status(orderID) == .pending)
        try await till.drain()
        #expect(try await till.status(orderID) == .expired)
    }

    @Test func `expiry waits for a payment in progress`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        till.clock.advance(bySeconds: till.services.settings.orderTTLSeconds - 1)
        try await till.begin(orderID, "anna", .threeDS)
        try await till.settle([.paymentSettle])
        till.clock.advance(bySeconds: 60)
        try await till.settle([.orderExpire])
        #expect(try await till.status(orderID) == .holding)
        try await till.drain()
        #expect(try await till.status(orderID) == .expired)
        #expect(try await till.journal(orderID).suffix(2) == [.holdFailed, .expired])
    }

    @Test func `canceling closes an unpaid order once`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        for _ in 0..<2 {
            let order = try await Orders(till.services).cancel(orderID, actor: .support, reason: "left")
            #expect(order.status == .canceled)
        }
        #expect(try await till.journal(orderID) == [.created, .canceled])
        try await till.drain()
        #expect(try await till.status(orderID) == .canceled)
    }

    @Test func `an order being paid cannot be canceled`() async throws {
        let till = try await Till()
        let orderID = try await till.newOrder()
        try await till.begin(orderID, "anna", .slow)
        for status in [OrderStatus.holding, .held, .cleared] {
            #expect(try await till.status(orderID) == status)
            await #expect(throws: OrderError.stateForbids(orderID: orderID, action: "cancel", status: status)) {
                try await Orders(till.services).cancel(orderID, actor: .support, reason: "left")
            }
            try await till.settle([.paymentSettle])
            till.clock.advance(bySeconds: 2)
            try await till.settle([.paymentSettle])
        }
        try await till.drain()
    }
}
