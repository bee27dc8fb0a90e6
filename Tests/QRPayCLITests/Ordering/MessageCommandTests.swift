import Glibc
import MessagingKit
import Ordering
import OrderingCore
import QRPayCLI
import QueueKit
import SQLKit
import SigningKit
import TestSupport
import Testing
import WorldKit

/// What operators do to messages between services, on stores with one order, a message that cannot be handled, one
/// that contradicts, and one behind it.
@Suite struct MessageCommandTests {
    /// A stage with stores of the ordering system in its default place.
    private static func run(_ body: (Stage) async throws -> Void) async throws {
        try await Stage.run { stage async throws in
            let world = Context.live().world
            let stores = try await OrderingStores.open(folder: stage.directory.file("ordering"), style: .hybrid)
            let processes = Processes(own: "tests") { _ in true }
            let database = try #require(stores.broker)
            let broker = EmbeddedBroker(database, world, processes)
            let keys = PasswordKeys(
                secret: Array(repeating: 7, count: 32), scrypt: Scrypt(cost: 2, blockSize: 1, parallelism: 1))
            let changes = ChangeSignal()
            var options = OrderingRuntime.Options()
            options.report = { _ in changes.notify() }
            let runtime = OrderingRuntime(
                stores.style, databases: stores.databases, broker: broker, world: world, processes: processes,
                keys: keys, options: options)
            let work = Task { try await runtime.run() }
            let user = try await runtime.gateway.register(.init(email: "pavel@example.com", password: "correct horse"))
            let userID = try #require(user.fields[.userID])
            try await changes.wait { try await runtime.gateway.account(userID: userID).status == 200 }
            _ = try await runtime.gateway.deposit(try Money(decimal: "10"), userID: userID)
            let answer = try await runtime.gateway.order(try Money(decimal: "10"), userID: userID, key: "k")
            let orderID = try #require(answer.fields[.orderID])
            try await changes.wait { try await !runtime.gateway.notifications(userID: userID).rows.isEmpty }
            try await Self.addForged(orderID: orderID, userID: userID, broker, world)
            work.cancel()
            try await work.value
            try await OrderingRuntime(
                stores.style, databases: stores.databases, broker: EmbeddedBroker(database, world, processes),
                world: world, processes: processes, keys: keys
            ).settle()
            await stores.close()
            try await body(stage)
        }
    }

    /// A refusal of a paid order, the same again behind it, and a message without a body.
    private static func addForged(
        orderID: String, userID: String, _ broker: any Broker, _ world: World
    ) async throws {
        func message(_ id: String, _ type: String, body: String) -> Message {
            Message(
                id: id, type: type, key: orderID, correlationID: "forged", time: world.now(), body: Array(body.utf8))
        }
        let refusal = """
            {"paymentId":"\(orderID):9","orderId":"\(orderID)","userId":"\(userID)","amount":1000,\
            "reason":"not_enough_money"}
            """
        let outcomes = await broker.publish(
            [
                message("first", "Billing/PaymentFailed", body: refusal),
                message("second", "Billing/PaymentFailed", body: refusal),
                message("empty", "Billing/PaymentCreated", body: "{}"),
            ], to: "ordering")
        #expect(outcomes == [.confirmed, .confirmed, .confirmed])
    }

    private static func places(_ run: CommandRun) throws -> [String: String] {
        let rows = try run.succeeded().json().elements
        return Dictionary(
            uniqueKeysWithValues: rows.compactMap { row in
                guard let id = row["id"].text, let place = row["message"].text else { return nil }
                return (id, place)
            })
    }

    @Test func `messages are listed, shown and explained, most urgent first`() async throws {
        try await Self.run { stage in
            let stuck = try Self.places(
                await stage.qrpay("ordering", "message", "list", "--state", "stuck", "--json"))
            #expect(Set(stuck.keys) == ["first", "empty"])
            let (first, empty) = (try #require(stuck["first"]), try #require(stuck["empty"]))
            #expect(first.hasPrefix("order/"))
            let shown = try await stage.qrpay("ordering", "message", "show", first).succeeded().stdout
            #expect(shown.contains("Billing/PaymentFailed") && shown.contains("not_enough_money"))
            let why = try await stage.qrpay("ordering", "message", "why", first).succeeded().stdout
            #expect(why.contains("order_ended_differently"), "\(why)")
            #expect(why.contains("1 message of its key waits behind it"), "\(why)")
            #expect(why.contains("qrpay ordering message skip \(first)"), "\(why)")
            let refused = try await stage.qrpay("ordering", "message", "why", empty).succeeded().stdout
            #expect(refused.contains("message_refused"), "\(refused)")
            let waiting = try Self.places(
                await stage.qrpay("ordering", "message", "list", "--state", "waiting", "--json"))
            let second = try #require(waiting["second"])
            let behind = try await stage.qrpay("ordering", "message", "why", second).succeeded().stdout
            #expect(behind.contains("it waits for message \(first), which is stuck"), "\(behind)")
            let none = try Self.places(
                await stage.qrpay(
                    "ordering", "message", "list", "--service", "billing", "--state", "stuck", "--json"))
            #expect(none.isEmpty)
        }
    }

    @Test func `a filter shows what would change, and --yes with the digest does exactly that`() async throws {
        try await Self.run { stage in
            let skip = ["ordering", "message", "skip", "--service", "order", "--state", "stuck"]
            let preview = try await stage.qrpay(skip + ["--json"]).succeeded().json()
            #expect(preview["dry_run"] == true && preview["matched"].number == 2)
            let digest = try #require(preview["digest"].text)
            await stage.qrpay(skip + ["--yes", "--expect", "0"]).failed(4, "scope_changed")
            let done = try await stage.qrpay(
                skip + ["--yes", "--expect", digest, "--reason", "forged", "--json"]
            ).succeeded().json()
            #expect(done["given_up"].number == 2 && done["dry_run"] == false)
            // The one behind has its turn now.
            let waiting = try Self.places(
                await stage.qrpay("ordering", "message", "list", "--state", "waiting", "--json"))
            #expect(waiting.isEmpty)
            let canceled = try Self.places(
                await stage.qrpay("ordering", "message", "list", "--state", "canceled", "--json"))
            #expect(Set(canceled.keys) == ["first", "empty"])
            let back = try await stage.qrpay(
                "ordering", "message", "requeue", try #require(canceled["first"]), "--json"
            ).succeeded().json()
            #expect(back["requeued"].number == 1)
        }
    }

    @Test func `what was sent is listed and sent again, by its id or by its queue`() async throws {
        try await Self.run { stage in
            let list = ["ordering", "outbox", "list", "--queue", "ordering.push", "--json"]
            let sent = try await stage.qrpay(list).succeeded().json().elements
            #expect(sent.compactMap { $0["type"].text } == ["Order/OrderSucceeded"])
            #expect(sent.compactMap { $0["state"].text } == ["sent"])
            let id = try #require(sent.first?["id"].text)
            let resend = ["ordering", "outbox", "resend", "--queue", "ordering.push"]
            let preview = try await stage.qrpay(resend + ["--json"]).succeeded().json()
            #expect(preview["dry_run"] == true && preview["resent"].number == 0)
            let done = try await stage.qrpay(resend + ["--yes", "--json"]).succeeded().json()
            #expect(done["resent"].number == 1)
            #expect(try await stage.qrpay(list).succeeded().stdout.contains("\"unsent\""))
            await stage.qrpay("ordering", "message", "resend", "unknown").failed(3, "message_not_found", "unknown")
            // It is unsent already.
            let again = try await stage.qrpay("ordering", "message", "resend", id, "--json").succeeded().json()
            #expect(again["resent"].number == 0)
        }
    }

    @Test func `the doctor names what is stuck and what is parked`() async throws {
        try await Self.run { stage in
            let path = OrderingStores.path(of: .billing, in: stage.directory.file("ordering"))
            let stores = try await OrderingStores.open(
                folder: stage.directory.file("ordering"), services: [.billing], style: nil, hasBroker: false)
            _ = try await stores.databases[.billing]?.write {
                try $0.execute(
                    """
                    UPDATE outbox SET state = 'parked', error = 'no queue is bound'
                    WHERE type = 'Billing/PaymentCreated'
                    """
                )
            }
            await stores.close()
            _ = try stage.directory.write(Array(String(repeating: "ab", count: 32).utf8), as: "ordering/secret")
            let run = await stage.qrpay("ordering", "doctor", "--json")
            #expect(run.status == 1, "\(path): \(run)")
            let findings = try run.json().elements
            func message(_ check: String) -> String {
                findings.filter { $0["check"].text == check }.compactMap { $0["message"].text }
                    .joined(separator: "\n")
            }
            #expect(message("stuck").contains("order_ended_differently"))
            #expect(message("stuck").contains("message_refused"))
            #expect(message("parked").contains("exchange ordering, key Billing/PaymentCreated"))
            #expect(message("parked").contains("no queue is bound"))
            #expect(message("broker").contains("accepts messages"))
            #expect(message("stores").contains("style hybrid"))
        }
    }

    struct BadLine: Sendable, CustomTestStringConvertible {
        var words: [String]
        var status: Int32
        var code: String
        var testDescription: String { words.joined(separator: " ") }
    }

    static let badLines = [
        BadLine(words: ["message", "show", "17"], status: 2, code: "usage"),
        BadLine(words: ["message", "show", "kitchen/17"], status: 2, code: "usage"),
        BadLine(words: ["message", "show", "billing/0"], status: 2, code: "usage"),
        BadLine(words: ["message", "show", "billing/99999"], status: 3, code: "message_not_found"),
        BadLine(words: ["message", "why", "push/99999"], status: 3, code: "message_not_found"),
        BadLine(words: ["message", "requeue", "billing/99999"], status: 3, code: "message_not_found"),
        BadLine(words: ["message", "requeue"], status: 2, code: "empty_filter"),
        BadLine(words: ["message", "skip"], status: 2, code: "empty_filter"),
        BadLine(words: ["message", "list", "--since", "1h", "--until", "2h"], status: 2, code: "usage"),
        BadLine(words: ["message", "list", "--service", "kitchen"], status: 2, code: "usage"),
        BadLine(words: ["outbox", "resend"], status: 2, code: "empty_filter"),
        BadLine(words: ["outbox", "resend", "--yes"], status: 2, code: "empty_filter"),
        BadLine(words: ["outbox", "list", "--queue", "ordering.kitchen"], status: 3, code: "queue_not_found"),
        BadLine(words: ["broker", "check", "http://127.0.0.1/"], status: 2, code: "usage"),
        BadLine(words: ["broker", "check", "embedded"], status: 2, code: "usage"),
        BadLine(words: ["broker", "check", "amqp://127.0.0.1:1/"], status: 5, code: "broker_unreachable"),
        BadLine(
            words: ["topology", "show", "--broker", "amqp://127.0.0.1:1/"], status: 5, code: "broker_unreachable"),
        BadLine(
            words: ["topology", "apply", "--broker", "amqp://127.0.0.1:1/"], status: 5, code: "broker_unreachable"),
    ]

    @Test func `a bad line has one error with its code and status`() async throws {
        try await Self.run { stage in
            for line in Self.badLines {
                await stage.qrpay(["ordering"] + line.words + ["--json"]).failed(line.status, line.code)
            }
        }
    }

    @Test func `without stores nothing is found, and nothing is made`() async throws {
        try await Stage.run { stage async throws in
            let run = try await stage.qrpay("ordering", "message", "list", "--json").succeeded()
            #expect(run.stdout == "[]\n" && run.stderr.contains("no store of the ordering system"))
            #expect(await stage.qrpay("ordering", "doctor").status == 0)
            #expect(access(stage.directory.file("ordering"), F_OK) != 0)
        }
    }
}
