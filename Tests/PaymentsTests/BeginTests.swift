import PaymentCore
import PaymentSandbox
import Payments
import TestSupport
import Testing

/// How the payer is determined.
@Suite(.everyEngine) struct BeginTests {
    @Test func `the first user becomes the payer`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let begun = try await fixture.begin(orderID)
        #expect(begun.status == .holding && begun.uid == "anna" && begun.operation == 1)
        #expect(begun.edaOrderID == EdaOrderID.derive(orderID: orderID, uid: "anna", service: "restaurant"))
        #expect(begun.cashback?.percent.description == "30")
        #expect(try await fixture.order(orderID) == begun)
        #expect(try await fixture.tasks(.paymentSettle).count == 1)
    }

    @Test(arguments: [Card.approve, .slow, .threeDS])
    func `a repeated request continues the existing payment`(card: Card) async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let first = try await fixture.begin(orderID, "anna", card)
        #expect(try await fixture.begin(orderID, "anna", .decline) == first, "the card of a payment does not change")
        try await fixture.step()
        #expect(try await fixture.begin(orderID, "anna", card).edaOrderID == first.edaOrderID)
        try await fixture.drain()
        #expect(try await fixture.tasks(.paymentSettle).count == 1)
        let paid = try await fixture.status(orderID)
        if card != .threeDS { #expect(try await fixture.begin(orderID, "anna", card).status == paid) }
    }

    @Test func `another guest is too late`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .slow)
        for _ in 0..<2 {
            await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
                try await fixture.begin(orderID, "boris")
            }
            try await fixture.drain()
        }
        let order = try await fixture.order(orderID)
        #expect(order.status == .cleared && order.uid == "anna")
        #expect(fixture.partners.holdings.invoices.count == 1)
    }

    @Test func `after a failed hold the same guest may try another card`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let first = try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .holdFailed)
        let second = try await fixture.begin(orderID, "anna", .approve)
        #expect(second.edaOrderID == first.edaOrderID && second.operation == 2)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
        #expect(fixture.partners.holdings.invoices.map(\.operations.count) == [3])
    }

    @Test func `after a failed hold another guest may pay`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let first = try await fixture.begin(orderID, "anna", .decline)
        try await fixture.settle()
        let second = try await fixture.begin(orderID, "boris", .approve)
        #expect(second.edaOrderID != first.edaOrderID && second.operation == 1 && second.uid == "boris")
        await #expect(throws: OrderError.alreadyBeingPaid(orderID: orderID)) {
            try await fixture.begin(orderID, "anna")
        }
        try await fixture.drain()
        #expect(fixture.partners.holdings.ledger.map(\.entry.uid) == ["boris"])
    }

    @Test func `back and forth between guests`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        for (uid, operation) in [("anna", 1), ("boris", 1), ("anna", 2), ("anna", 3), ("boris", 2)] {
            #expect(try await fixture.begin(orderID, uid, .decline).operation == operation)
            try await fixture.settle()
        }
        #expect(try await fixture.begin(orderID, "anna", .approve).operation == 4)
        try await fixture.drain()
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `one of ten concurrent guests wins`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        let outcomes = await withTaskGroup(of: Result<String, any Error>.self) { group in
            for number in 0..<10 {
                group.addTask {
                    do {
                        return .success(try await fixture.begin(orderID, "guest-\(number)").uid ?? "nobody")
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let winners = outcomes.compactMap { try? $0.get() }
        #expect(winners.count == 1)
        #expect(
            outcomes.allSatisfy {
                switch $0 {
                case .success: true
                case .failure(let error): error as? OrderError == .alreadyBeingPaid(orderID: orderID)
                }
            })
        #expect(try await fixture.order(orderID).uid == winners.first)
        #expect(try await fixture.tasks(.paymentSettle).count == 1)
        try await fixture.drain()
        #expect(fixture.partners.holdings.invoices.count == 1)
    }

    @Test func `an expired order cannot be paid`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        fixture.clock.advance(to: try await fixture.order(orderID).expiresAt)
        await #expect(throws: OrderError.expired(orderID: orderID)) { try await fixture.begin(orderID) }
        try await fixture.settle()
        #expect(try await fixture.status(orderID) == .expired)
        await #expect(throws: OrderError.expired(orderID: orderID)) { try await fixture.begin(orderID) }
    }

    @Test(arguments: ["anna", "boris"])
    func `a closed order refuses every guest`(uid: String) async throws {
        let fixture = try await PaymentFixture()
        let canceled = try await fixture.newOrder("1")
        let expired = try await fixture.newOrder("2")
        let lapsed = try await fixture.newOrder("3")
        for orderID in [canceled, expired] { try await fixture.begin(orderID, "anna", .decline) }
        try await fixture.begin(lapsed, "anna", .lapse)
        try await fixture.settle()
        _ = try await Orders(fixture.services).cancel(canceled, actor: .iiko, reason: "reprinted")
        try await fixture.drain()
        await #expect(throws: OrderError.stateForbids(orderID: canceled, action: "pay", status: .canceled)) {
            try await fixture.begin(canceled, uid)
        }
        await #expect(throws: OrderError.expired(orderID: expired)) { try await fixture.begin(expired, uid) }
        await #expect(throws: OrderError.stateForbids(orderID: lapsed, action: "pay", status: .clearFailed)) {
            try await fixture.begin(lapsed, uid)
        }
    }

    @Test func `an unknown order is not found`() async throws {
        let fixture = try await PaymentFixture()
        await #expect(throws: OrderError.notFound(orderID: "nope")) { try await fixture.begin("nope") }
    }

    @Test func `eda_order_ids differ by user and service`() {
        let ids = [("o", "u", "s"), ("o", "v", "s"), ("p", "u", "s"), ("o", "u", "t")].map {
            EdaOrderID.derive(orderID: $0, uid: $1, service: $2)
        }
        #expect(Set(ids).count == 4)
        #expect(ids.allSatisfy { $0.count == 32 && Identifier.isValid($0) })
    }
}
