import FoundationEssentials
import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct ReceiptFetchTests {
    @Test func `a receipt is awaited, rendered and stored`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        let first = try #require(try await fixture.step([.receiptFetch]))
        #expect(first.ending == .postponed(until: fixture.clock.now.advanced(bySeconds: 2), errorClass: "not_yet"))
        fixture.clock.advance(bySeconds: 2)
        #expect(try await fixture.step([.receiptFetch])?.ending == .done)
        let receipt = try #require(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).first)
        #expect(receipt.key == "\(orderID)/\(receipt.documentID).pdf" && receipt.cost == PaymentFixture.bill)
        #expect(try await Receipts(fixture.services).pdf(of: receipt).starts(with: Array("%PDF-".utf8)))
        #expect(try await Receipts(fixture.services).receipt(documentID: receipt.documentID) == receipt)
        #expect(try Receipts(fixture.services).link(to: receipt).contains(receipt.key))
        #expect(trouble.calls.filter(Calls.render).count == 1)
        try await fixture.drain()
    }

    @Test func `a stored receipt is not uploaded again`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        trouble.lost(Calls.put)
        try await fixture.drain()
        #expect(trouble.isOver)
        #expect(trouble.calls.filter(Calls.put).count == 1)
        #expect(trouble.calls.filter(Calls.render).count == 1)
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == 1)
    }

    @Test(arguments: ["", "%PDF-1.7 broken", "<html>"])
    func `an incomplete upload is replaced`(found: String) async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        let document = try #require(
            try await fixture.services.store.read { try $0.receipts.documents(orderID: orderID) }.first)
        try await fixture.services.partners.storage.put(
            key: StoredReceipt.key(orderID: orderID, documentID: document.documentID), body: Array(found.utf8),
            contentType: "application/pdf")
        try await fixture.drain()
        let receipt = try #require(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).first)
        #expect(try await Receipts(fixture.services).pdf(of: receipt).starts(with: Array("%PDF-".utf8)))
        #expect(trouble.calls.filter(Calls.render).count == 1)
    }

    @Test(arguments: [
        ("another total", #""totalSum":12000"#, #""totalSum":11999"#, "receipt_other_total"),
        ("an item that does not add up", #""price":12000"#, #""price":11000"#, "receipt_does_not_add_up"),
        ("a payment that does not add up", #""ecashTotalSum":12000"#, #""ecashTotalSum":0"#, "receipt_does_not_add_up"),
        ("no total", #""totalSum""#, #""someSum""#, "receipt_other_total"),
        ("no receipt", "", "{}", "bad_receipt"),
        ("no JSON", "", "<html>", "bad_receipt"),
    ])
    func `a receipt that does not add up is not stored`(what: String, old: String, new: String, code: String)
        async throws
    {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.paidOrder()
        var services = fixture.services
        services.partners.eda = DistortedEda(real: fixture.services.partners.eda) {
            old.isEmpty ? new : $0.replacing(old, with: new)
        }
        fixture.clock.advance(bySeconds: 2)
        let attempts = try await PaymentFixture.worker("worker-2", services).runDue(kinds: [.receiptFetch])
        #expect((attempts.first?.error).map { Problem($0).code } == code)
        #expect(!trouble.calls.contains(where: Calls.put))
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).isEmpty)
        // Once the register's mistake is corrected, the receipt is stored.
        try await fixture.drain()
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == 1)
    }

    @Test func `a currency without a minor unit`() async throws {
        let fixture = try await PaymentFixture()
        let yen = Money(minorUnits: 1_500, currency: try Currency(code: "JPY"))
        let bill = Bill(
            clientID: PaymentFixture.clientID, internalOrderID: "y", amount: yen,
            lines: [BillLine(name: "Ramen", amount: yen)])
        let orderID = try await Preorders(fixture.services).create(bill).order.orderID
        try await fixture.begin(orderID)
        try await fixture.drain()
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).map(\.cost) == [yen])
    }

    @Test func `the seller is the one at the payment`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        trouble.lost(Calls.pushItems)
        let orderID = try await fixture.paidOrder()
        _ = try await Restaurants(fixture.services).add(
            clientID: PaymentFixture.clientID, name: "Bistro Nouveau", zone: nil, cashback: nil)
        try await fixture.drain()
        #expect(trouble.isOver)
        #expect(try await Receipts(fixture.services).list(orderID: orderID, limit: 10).count == 1)
    }

    @Test func `documents without a receipt are reported`() async throws {
        let fixture = try await PaymentFixture()
        let receipts = Receipts(fixture.services)
        await #expect(throws: Receipts.Failure.notFound(documentID: "x-1")) {
            try await receipts.receipt(documentID: "x-1")
        }
        await #expect(throws: OrderError.notFound(orderID: "x")) { try await receipts.list(orderID: "x", limit: 1) }
        #expect(try await receipts.list(orderID: nil, limit: 1).isEmpty)
    }
}

/// Eda with the text of its receipts changed.
private struct DistortedEda: EdaClient {
    let real: any EdaClient
    let distort: @Sendable (String) -> String

    init(real: any EdaClient, _ distort: @escaping @Sendable (String) -> String) {
        self.real = real
        self.distort = distort
    }

    func createOrder(_ order: EdaOrder) async throws { try await real.createOrder(order) }
    func pushItems(_ document: ReceiptDocument) async throws { try await real.pushItems(document) }

    func receipt(documentID: String) async throws -> [UInt8]? {
        try await real.receipt(documentID: documentID).map { Array(distort(String(decoding: $0, as: UTF8.self)).utf8) }
    }
}
