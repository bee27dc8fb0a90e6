import JSONKit
import MessagingKit
import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import TestSupport
import Testing

/// The events of payments: in the outbox, and as CloudEvents.
@Suite(.everyEngine) struct PaymentEventTests {
    private static func fixture() async throws -> PaymentFixture { try await PaymentFixture(announces: true) }

    @Test func `a payment, a refund and their receipts are announced in their order`() async throws {
        let fixture = try await Self.fixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.refund(orderID, 4_000)
        try await fixture.drain()
        let events = try await fixture.events()
        #expect(
            events.map { "\($0.kind.rawValue) \($0.content.amount) \($0.content.type ?? "-")" } == [
                "order.paid 120.00 -", "order.refunded 40.00 -", "receipt.stored 120.00 payment",
                "receipt.stored 40.00 refund",
            ])
        #expect(Set(events.map(\.content.orderID)) == [orderID])
        #expect(events.map(\.content.uid) == Array(repeating: "anna", count: 4))
        #expect(events.map(\.content.refunded) == ["0.00", "40.00", "40.00", "40.00"])
        #expect(try await fixture.areAnnouncedOnce([orderID]))
    }

    @Test func `a declined hold and a failed capture are announced with their reasons`() async throws {
        let fixture = try await Self.fixture()
        let declined = try await fixture.paidOrder(.decline)
        try await fixture.drain()
        #expect(
            try await fixture.events().map { "\($0.kind.rawValue) \($0.content.kind ?? "") \($0.content.status)" }
                == ["order.declined hold HOLD_FAILED"])
        #expect(try await fixture.events()[0].content.reason != nil)
        #expect(try await fixture.areAnnouncedOnce([declined]))
    }

    @Test func `without a broker nothing is written`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.paidOrder()
        try await fixture.refund(orderID, nil)
        try await fixture.drain()
        #expect(try await fixture.events().isEmpty)
    }

    @Test func `a transaction that fails announces nothing`() async throws {
        let fixture = try await Self.fixture()
        let orderID = try await fixture.newOrder()
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await fixture.store.write { [clock = fixture.clock] transaction in
                try transaction.journal.append(
                    JournalEntry(at: clock.now, orderID: orderID, event: .cleared, actor: .worker))
                throw Failure()
            }
        }
        #expect(try await fixture.events().isEmpty)
    }

    /// One of each kind, as subscribers receive it.
    private static func all() async throws -> [PaymentEvent] {
        let fixture = try await fixture()
        let paid = try await fixture.paidOrder()
        try await fixture.refund(paid, 4_000)
        let declined = try await fixture.newOrder("bill-2")
        try await fixture.begin(declined, "boris", .decline)
        try await fixture.drain()
        let events = try await fixture.events()
        return PaymentEvent.Kind.allCases.compactMap { kind in events.first { $0.kind == kind } }
    }

    @Test func `each event is the CloudEvent of its golden file`() async throws {
        let events = try await Self.all()
        #expect(events.map(\.kind) == PaymentEvent.Kind.allCases)
        for event in events {
            let message = try event.message
            #expect(message.contentType == "application/cloudevents+json" && message.defect == nil)
            let text = String(
                decoding: try JSONValue(parsing: message.body, as: .interoperable).indented, as: UTF8.self)
            let folder = String(#filePath.dropLast("PaymentEventTests.swift".count)) + "Golden"
            #expect(GoldenFile("\(folder)/\(event.kind.rawValue).json").difference(from: text + "\n") == nil)
            #expect(try PaymentEvent(message) == event)
        }
    }

    private typealias Change = @Sendable (inout JSONObject, inout JSONObject) -> Void
    private static let flaws: [(name: String, change: Change, field: String)] = [
        ("another producer", { event, _ in event["source"] = "/somebody/else" }, "source"),
        ("an unknown type", { event, _ in event["type"] = "order.eaten" }, "type"),
        ("a later version", { event, _ in event["dataschema"] = "schema:2" }, "dataschema"),
        ("another id", { event, _ in event["id"] = "x" }, "id"),
        ("another subject", { event, _ in event["subject"] = "x" }, "id"),
        ("an order that is not the subject", { _, data in data["order_id"] = "x" }, "data.order_id"),
        ("an order id with a path", { _, data in data["client_id"] = "../x" }, "data.client_id"),
        ("an unknown currency", { _, data in data["currency"] = "ABC" }, "data.currency"),
        ("an amount that is too precise", { _, data in data["amount"] = "1.005" }, "data.amount"),
        ("a negative amount", { _, data in data["refunded"] = "-1.00" }, "data.refunded"),
        ("an amount as a number", { _, data in data["amount"] = 1 }, "amount"),
        ("a missing field", { _, data in data.members.removeAll { $0.name == "status" } }, "status"),
    ]

    @Test func `what is not an event of the payments names the field`() async throws {
        let event = try #require(try await Self.all().first)
        for flaw in Self.flaws {
            var message = try event.message
            var body = try #require(try JSONValue(parsing: message.body, as: .interoperable).object)
            var data = try #require((body["data"] as JSONValue?)?.object)
            flaw.change(&body, &data)
            body["data"] = data
            message.body = try JSON.encode(body)
            let error = #expect(throws: FieldError.self, "\(flaw.name)") { try PaymentEvent(message) }
            #expect(error?.field == flaw.field, "\(flaw.name): \(error?.description ?? "")")
        }
    }
}
