import CommandLineKit
import Glibc
import MessagingKit
import Ordering
import PaymentSandbox
import Payments
import QRPayCLI
import QueueKit
import SQLKit
import SQLiteEngine
import TestSupport
import Testing
import WorldKit

/// Events of payments, from a payment to the notification.
@Suite struct EventsTests {
    private static let embedded = ["QRPAY_BROKER": "embedded"]

    /// A paid order whose receipt is stored.
    private static func paidOrder(_ stage: Stage, _ environment: [String: String]) async throws -> String {
        let id = try await stage.order()
        let pay = ["pay", id, "--uid", "guest", "--method", "card-approve"]
        try await stage.qrpay(pay, environment: environment).succeeded()
        return id
    }

    private static func consume(_ stage: Stage, _ environment: [String: String]) async throws -> JSON {
        try await stage.qrpay(["events", "consume", "--drain", "--json"], environment: environment).succeeded().json()
    }

    @Test func `each event of a payment becomes a notification over the embedded broker`() async throws {
        try await Stage.run { stage async throws in
            try await stage.addRestaurant()
            // Makes the queue.
            #expect(try await Self.consume(stage, Self.embedded)["received"] == 0)
            let id = try await Self.paidOrder(stage, Self.embedded)
            let outbox = try await stage.qrpay("events", "outbox", "--json").succeeded().json()
            #expect(outbox.elements.map { $0["state"] } == ["unsent"], "paying waits for no broker")
            let work = await stage.qrpay(["work", "--drain", "--json"], environment: Self.embedded)
            let events = try work.succeeded().json()["events"]
            #expect(events["error"] == nil && events["sent"] == 2, "those sent beside the tasks count too")
            #expect(
                try await Self.consume(stage, Self.embedded).members == ["received": 2, "refused": 0, "handled": 2])
            let list = try await stage.qrpay("events", "list", "--json").succeeded().json()
            #expect(
                list.elements.map { $0["message"] } == [
                    .string("the receipt for 120.50 RUB of order \(id) is ready"),
                    .string("order \(id) is paid: 120.50 RUB"),
                ])
            #expect(list.elements.allSatisfy { $0["order_id"] == .string(id) && $0["uid"] == "guest" })
            let sent = try await stage.qrpay("events", "outbox", "--order", id, "--json").succeeded().json()
            #expect(sent.elements.map { $0["state"] } == ["sent", "sent"])
            #expect(sent[0]["event"]["specversion"] == "1.0" && sent[0]["event"]["data"]["taken"] == "120.50")
            // All of it again: shown first, then sent, and known.
            let shown = await stage.qrpay("events", "resend", "--order", id)
            #expect(shown.status == 0 && shown.stdout.isEmpty && shown.stderr.contains("would send 2 events again"))
            try await stage.qrpay("events", "resend", "--order", id, "--yes").succeeded()
            let again = await stage.qrpay(["work", "--drain"], environment: Self.embedded)
            #expect(try again.succeeded().stderr.contains("2 events sent"))
            #expect(try await Self.consume(stage, Self.embedded)["received"] == 2)
            #expect(try await stage.qrpay("events", "list").succeeded().rows.count == 2)
            #expect(try await stage.qrpay("events", "list", "--order", "other").succeeded().stdout.isEmpty)
        }
    }

    @Test func `without a broker nothing is published, and a consumer says what is missing`() async throws {
        try await Stage.run { stage async throws in
            _ = try await Self.paidOrder(stage, [:])
            try await stage.qrpay("work", "--drain").succeeded()
            #expect(try await stage.qrpay("events", "outbox").succeeded().stdout.isEmpty)
            await stage.expectFailure(["events", "consume", "--drain"], 2, "broker_not_set", "no broker is set")
            let checks = try await stage.qrpay("doctor", "--json").json().elements.compactMap { $0["check"].text }
            #expect(!checks.contains("broker") && !checks.contains("events"))
        }
    }

    @Test func `a broker that is down delays no payment, and doctor names it`() async throws {
        try await Stage.run { stage async throws in
            let down = ["QRPAY_BROKER": "amqp://guest@127.0.0.1:1/"]
            let id = try await Self.paidOrder(stage, down)
            let work = await stage.qrpay(["work", "--drain"], environment: down)
            #expect(work.status == 0 && work.stderr.contains("events wait for the broker: cannot connect"), "\(work)")
            let outbox = try await stage.qrpay("events", "outbox", "--json").succeeded().json()
            #expect(outbox.elements.map { $0["type"] } == ["order.paid", "receipt.stored"])
            #expect(outbox.elements.allSatisfy { $0["state"] == "unsent" && $0["order_id"] == .string(id) })
            stage.clock.advance(bySeconds: 61)
            let doctor = try await stage.qrpay(["doctor", "--json"], environment: down).json().elements
            let broker = try #require(doctor.first { $0["check"] == "broker" })
            #expect(broker["verdict"] == "warning" && broker["message"].text?.contains("127.0.0.1:1") == true)
            let events = try #require(doctor.first { $0["check"] == "events" })
            #expect(
                events["verdict"] == "warning" && events["message"].text?.hasPrefix("2 events wait, since ") == true)
            // A history knows nothing of it.
            let history = try await stage.qrpay("order", "history", id, "--json").succeeded().json()
            #expect(!history.elements.isEmpty && !"\(history)".contains("outbox"))
            await stage.expectFailure(
                ["events", "consume", "--drain"], 5, "broker_unreachable", "cannot connect", environment: down)
        }
    }

    @Test func `events that no queue takes are named by doctor, and follow once there is one`() async throws {
        try await Stage.run { stage async throws in
            _ = try await Self.paidOrder(stage, Self.embedded)
            let work = await stage.qrpay(["work", "--drain"], environment: Self.embedded)
            #expect(work.status == 0 && work.stderr.contains("no subscriber's queue takes them"), "\(work)")
            let doctor = try await stage.qrpay(["doctor", "--json"], environment: Self.embedded).json().elements
            let events = try #require(doctor.first { $0["check"] == "events" })
            #expect(events["message"].text?.contains("order.paid at exchange payments") == true, "\(events)")
            #expect(events["advice"].text?.contains("qrpay events consume") == true)
            _ = try await Self.consume(stage, Self.embedded)
            stage.clock.advance(bySeconds: 120)
            try await stage.qrpay(["work", "--drain"], environment: Self.embedded).succeeded()
            #expect(try await Self.consume(stage, Self.embedded)["handled"] == 2)
        }
    }

    @Test func `a delivery that is not an event is listed with its reason`() async throws {
        try await Stage.run { stage async throws in
            _ = try await Self.consume(stage, Self.embedded)
            let database = try await SQLiteDatabase.open(
                .file(path: stage.directory.file("ordering/broker.db")), migrations: [OrderingStores.brokerMigration])
            let broker = EmbeddedBroker(database, Context.live().world, Processes(own: "test") { _ in true })
            let forged = Message(
                id: "forged", type: "order.paid", key: "o", correlationID: "c", time: Instant(microseconds: 1),
                body: Array(#"{"evil":"\u001b[31m"}"#.utf8))
            #expect(await broker.publish([forged], to: PaymentEvent.exchange) == [.confirmed])
            await database.close()
            let run = await stage.qrpay(["events", "consume", "--drain"], environment: Self.embedded)
            #expect(run.status == 1 && run.stdout == "1 delivery received, 1 refused, 0 events handled\n", "\(run)")
            let refused = try await stage.qrpay("events", "list", "--refused").succeeded()
            #expect(refused.rows.map { $0[1...2] } == [["order.paid", "specversion: missing"]], "\(refused)")
            #expect(!refused.stdout.contains("\u{1B}"))
            #expect(try await stage.qrpay("events", "list").succeeded().stdout.isEmpty)
        }
    }

    @Test func `a server sends the events of its store`() async throws {
        try await Stage.run { stage async throws in
            _ = try await Self.consume(stage, Self.embedded)
            let port = stage.directory.file("port")
            let server = try stage.start(
                ["serve", "--listen", "127.0.0.1:0", "--port-file", port, "--quiet", "--broker", "embedded"])
            _ = try await Self.paidOrder(stage, Self.embedded)
            try await stage.untilPartners { $0.objects.count == 1 }
            let consumer = try stage.start(["events", "consume", "--json"], environment: Self.embedded)
            for _ in 0..<2000 where try await stage.qrpay("events", "list").succeeded().rows.count < 2 {}
            server.send(SIGTERM)
            consumer.send(SIGTERM)
            let served = CommandRun(["serve"], await server.exit())
            #expect(served.status == 0, "\(served)")
            let consumed = CommandRun(["events", "consume", "--json"], await consumer.exit())
            #expect(try consumed.succeeded().json().members == ["received": 2, "refused": 0, "handled": 2])
            #expect(try await stage.qrpay("events", "list").succeeded().rows.count == 2)
        }
    }

    @Test func `events go over RabbitMQ as CloudEvents, and survive its restart`() async throws {
        let node = try await RabbitMQNode.shared
        try await Stage.run { stage async throws in
            let broker = ["QRPAY_BROKER": node.url, "QRPAY_BROKER_PASSWORD": RabbitMQNode.password]
            _ = try await Self.consume(stage, broker)
            let id = try await Self.paidOrder(stage, broker)
            try await stage.qrpay(["work", "--drain"], environment: broker).succeeded()
            try await node.kill()
            try await node.start()
            var consumed = await stage.qrpay(["events", "consume", "--drain", "--json"], environment: broker)
            // A queue that comes back needs a leader first.
            for _ in 0..<100 where consumed.status == 5 {
                try await node.control("await_startup")
                consumed = await stage.qrpay(["events", "consume", "--drain", "--json"], environment: broker)
            }
            #expect(try consumed.succeeded().json()["handled"] == 2)
            #expect(try await stage.qrpay("events", "list", "--order", id).succeeded().rows.count == 2)
            let doctor = try await stage.qrpay(["doctor", "--json"], environment: broker).json().elements
            #expect(doctor.first { $0["check"] == "broker" }?["verdict"] == "ok")
            #expect(doctor.first { $0["check"] == "events" }?["message"] == "all are sent")
            let denied = broker.merging(["QRPAY_BROKER_PASSWORD": "wr0ng"]) { $1 }
            let run = await stage.qrpay(["doctor", "--json"], environment: denied)
            let finding = try #require(try run.json().elements.first { $0["check"] == "broker" })
            #expect(finding["verdict"] == "failed" && !run.stdout.contains("wr0ng") && run.status == 1, "\(finding)")
            await stage.expectFailure(
                ["events", "consume", "--drain"], 7, "broker_denied", "cannot log in", environment: denied)
        }
    }
}
