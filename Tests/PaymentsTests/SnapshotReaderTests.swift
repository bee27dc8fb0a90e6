import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import Testing

@Suite struct SnapshotReaderTests {
    /// Querying the partners through their clients returns what they hold.
    @Test func `both ways of reading return the same snapshot`() async throws {
        let till = try await Till()
        let paid = try await till.paidOrder(.slow)
        let other = try await till.newOrder("2")
        for card in [Card.decline, .lapse] {
            try await till.begin(other, "boris", card)
            try await till.settle()
        }
        try await till.drain()
        try await till.refund(paid, 1_000)
        try await till.drain()
        let asked = try await SnapshotReader(till.services).snapshot()
        let seen = try await till.snapshot()
        #expect(asked.orders == seen.orders && asked.orders.count == 2)
        #expect(Set(asked.partners?.invoices ?? []) == Set(till.partners.holdings.invoices))
        #expect(Set(asked.partners?.ledger ?? []) == Set(till.partners.holdings.ledger))
        #expect(PaymentInvariants.broken(in: asked, isQuiet: true).isEmpty)
        let one = try await SnapshotReader(till.services).snapshot(orderIDs: [paid])
        #expect(one.orders.map(\.order.orderID) == [paid])
        #expect(PaymentInvariants.broken(in: one, isQuiet: true).isEmpty)
        await #expect(throws: OrderError.notFound(orderID: "nope")) {
            try await SnapshotReader(till.services).ours(orderIDs: ["nope"])
        }
    }

    @Test func `an invoice of which only the void arrived`() async throws {
        let till = try await Till()
        till.partners.before = { if $0.partner == .eda { throw $0.error(.unreachable) } }
        let orderID = try await till.newOrder()
        try await till.begin(orderID)
        try await till.drain()
        let asked = try await SnapshotReader(till.services).snapshot()
        #expect(asked.partners?.invoices.isEmpty == true)
        #expect(till.partners.holdings.invoices.count == 1)
        #expect(PaymentInvariants.broken(in: asked, isQuiet: true).isEmpty)
        #expect(try await till.status(orderID) == .expired)
    }
}
