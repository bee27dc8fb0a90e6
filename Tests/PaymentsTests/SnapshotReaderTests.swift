import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import TestSupport
import Testing

@Suite(.everyEngine) struct SnapshotReaderTests {
    /// Querying the partners through their clients returns what they hold.
    @Test func `both ways of reading return the same snapshot`() async throws {
        let fixture = try await PaymentFixture()
        let paid = try await fixture.paidOrder(.slow)
        let other = try await fixture.newOrder("2")
        for card in [Card.decline, .lapse] {
            try await fixture.begin(other, "boris", card)
            try await fixture.settle()
        }
        try await fixture.drain()
        try await fixture.refund(paid, 1_000)
        try await fixture.drain()
        let asked = try await SnapshotReader(fixture.services).snapshot()
        let seen = try await fixture.snapshot()
        #expect(asked.orders == seen.orders && asked.orders.count == 2)
        #expect(Set(asked.partners?.invoices ?? []) == Set(fixture.partners.holdings.invoices))
        #expect(Set(asked.partners?.ledger ?? []) == Set(fixture.partners.holdings.ledger))
        #expect(PaymentInvariants.broken(in: asked, isQuiet: true).isEmpty)
        let one = try await SnapshotReader(fixture.services).snapshot(orderIDs: [paid])
        #expect(one.orders.map(\.order.orderID) == [paid])
        #expect(PaymentInvariants.broken(in: one, isQuiet: true).isEmpty)
        await #expect(throws: OrderError.notFound(orderID: "nope")) {
            try await SnapshotReader(fixture.services).ours(orderIDs: ["nope"])
        }
    }

    @Test func `an invoice of which only the void arrived`() async throws {
        let fixture = try await PaymentFixture()
        fixture.partners.before = { if $0.partner == .eda { throw $0.error(.unreachable) } }
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        try await fixture.drain()
        let asked = try await SnapshotReader(fixture.services).snapshot()
        #expect(asked.partners?.invoices.isEmpty == true)
        #expect(fixture.partners.holdings.invoices.count == 1)
        #expect(PaymentInvariants.broken(in: asked, isQuiet: true).isEmpty)
        #expect(try await fixture.status(orderID) == .expired)
    }
}
