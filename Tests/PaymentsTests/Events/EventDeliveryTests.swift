import MessagingKit
import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

/// Events on their way from the payments' outbox over a broker to notifications.
@Suite(.everyEngine) struct EventDeliveryTests {
    private struct Fixture {
        let payments: PaymentFixture
        let broker: EmbeddedBroker
        let notifications: EventNotifications
        let orderID: String
        let relay: Relay

        /// A paid and partly refunded order, of which nothing is sent yet.
        init() async throws {
            payments = try await PaymentFixture(announces: true)
            let database = try await TestStore.open([
                SQLMigration(version: 1, name: "broker", sql: EmbeddedQueues.tables)
            ])
            let processes = Processes(own: "test") { _ in true }
            broker = EmbeddedBroker(database, payments.clock.world, processes)
            relay = payments.store.relay(broker, payments.clock.world, processes)
            let inbox = try await TestStore.open(EventNotifications.migrations)
            notifications = EventNotifications(inbox, payments.clock.world)
            orderID = try await payments.paidOrder()
            try await payments.refund(orderID, 4_000)
            try await payments.drain()
        }

        /// Receives what is there, and writes the notifications.
        @discardableResult
        func consume() async throws -> (received: Int, refused: Int) {
            let total = try await notifications.receiver(broker).drain(idleSeconds: 0)
            let worker = Worker(notifications.queue, processes: Processes(own: "test") { _ in true })
            while try await !worker.runDue().isEmpty {}
            return total
        }

        func texts() async throws -> [String] {
            try await notifications.list(orderID: nil, limit: 100).map(\.text).reversed()
        }
    }

    @Test func `each event becomes one notification, however often it arrives`() async throws {
        let fixture = try await Fixture()
        // The subscriber makes its queue.
        try await fixture.consume()
        #expect(await fixture.relay.flush().sent == 4)
        #expect(try await fixture.consume().received == 4)
        let orderID = fixture.orderID
        let expected = [
            "order \(orderID) is paid: 120.00 RUB", "40.00 RUB of 120.00 RUB for order \(orderID) is refunded",
            "the receipt for 120.00 RUB of order \(orderID) is ready",
            "the receipt for 40.00 RUB of order \(orderID) is ready",
        ]
        #expect(try await fixture.texts() == expected)
        let notification = try #require(try await fixture.notifications.list(orderID: orderID, limit: 1).first)
        #expect(notification.uid == "anna" && notification.type == "receipt.stored")
        #expect(try await fixture.notifications.list(orderID: "other", limit: 9).isEmpty)
        // All of it again.
        let resent = try await fixture.payments.store.write { try $0.outbox.resend(OutboxFilter()) }
        #expect(resent == 4)
        #expect(await fixture.relay.flush().sent == 4)
        #expect(try await fixture.consume().received == 4)
        #expect(try await fixture.texts() == expected)
    }

    @Test func `events wait in the outbox until there is a subscriber`() async throws {
        let fixture = try await Fixture()
        let relay = fixture.relay
        #expect(await relay.flush().parked == 1)
        let backlog = try await fixture.payments.store.read { try $0.outbox.backlog() }
        #expect(backlog.map(\.count).reduce(0, +) == 4)
        #expect(
            backlog.contains { $0.state == .parked && $0.error?.contains("order.paid at exchange payments") == true })
        for _ in 0..<20 {
            fixture.payments.clock.advance(bySeconds: 60)
            #expect(await relay.flush().parked == 1, "it is offered again without an end")
        }
        try await fixture.consume()
        fixture.payments.clock.advance(bySeconds: 60)
        #expect(await relay.flush().sent == 4)
        try await fixture.consume()
        #expect(try await fixture.texts().count == 4)
    }

    @Test func `the backlog is exported to monitoring`() async throws {
        let fixture = try await Fixture()
        func metrics() async throws -> [String] {
            let services = fixture.payments.services
            let report = MetricsReport(services, metrics: Metrics(), changes: OrderChanges(services))
            return try await report.text().split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("qrpay_events_unsent") }
        }
        let oldest = try #require(try await fixture.payments.store.read { try $0.outbox.backlog() }.map(\.oldest).min())
        fixture.payments.clock.advance(bySeconds: 90)
        let seconds = fixture.payments.clock.now.seconds(since: oldest)
        #expect(
            try await metrics() == [
                "qrpay_events_unsent{state=\"unsent\"} 4", "qrpay_events_unsent{state=\"waiting\"} 0",
                "qrpay_events_unsent{state=\"parked\"} 0", "qrpay_events_unsent_seconds \(seconds)",
            ])
        _ = await fixture.relay.flush()
        #expect(try await metrics().contains("qrpay_events_unsent{state=\"parked\"} 1"))
        try await fixture.consume()
        fixture.payments.clock.advance(bySeconds: 2)
        _ = await fixture.relay.flush()
        #expect(try await metrics().allSatisfy { $0.hasSuffix(" 0") || $0.hasSuffix(" 0.0") })
    }

    @Test func `a process that dies after the notification and before its record writes no second one`() async throws {
        let fixture = try await Fixture()
        try await fixture.consume()
        _ = await fixture.relay.flush()
        _ = try await fixture.notifications.receiver(fixture.broker).drain(idleSeconds: 0)
        let queue = fixture.notifications.queue
        let task = try #require(try await queue.list(TaskFilter()).first { $0.state == .ready })
        // Its effect takes place, and the queue never learns of it.
        _ = try await queue.registry.handlers[0].run(task)
        try await fixture.consume()
        #expect(try await fixture.texts().count == 4)
    }

    @Test func `a delivery that is not an event is stuck with its reason, and others pass`() async throws {
        let fixture = try await Fixture()
        try await fixture.consume()
        let forged = Message(
            id: "forged", type: "order.paid", key: fixture.orderID, correlationID: "c",
            time: Instant(microseconds: 1), body: Array(#"{"order_id":"x"}"#.utf8))
        #expect(await fixture.broker.publish([forged], to: PaymentEvent.exchange) == [.confirmed])
        _ = await fixture.relay.flush()
        #expect(try await fixture.consume().refused == 1)
        #expect(try await fixture.texts().count == 4)
        let stuck = try await fixture.notifications.queue.list(TaskFilter()).filter { $0.state == .stuck }
        #expect(stuck.map(\.errorClass) == ["message_refused"])
        #expect(stuck.first?.errorMessage == "specversion: missing")
    }
}
