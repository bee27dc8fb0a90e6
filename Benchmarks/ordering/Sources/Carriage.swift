import Foundation
import MessagingKit
import Ordering
import OrderingCore
import QueueKit
import SQLKit
import SQLiteEngine
import Synchronization
import WorldKit

/// From an outbox to a broker, and from a broker into an inbox, without any services.
struct CarriageMeasurement {
    let arguments: Arguments
    private var count: Int { arguments.number("count", 20_000) }
    private static let processes = Processes(own: "machine") { _ in true }
    private static let topology = Topology(
        exchange: "bench", queues: [.init(name: "bench", types: ["Order/OrderSucceeded"])])

    static func message(_ number: Int) -> Message {
        let body = #"{"orderId":"o-\#(number)","userId":"u-\#(number % 100)","price":1000,"basketId":"b-\#(number)"}"#
        return Message(
            id: "m-\(number)", type: "Order/OrderSucceeded", key: "o-\(number)", correlationID: "c-\(number)",
            causationID: "m-\(number - 1)", time: World.live.now(), body: Array(body.utf8))
    }

    /// An outbox of unsent rows to the broker.
    func relay() async throws {
        let database = try await SQLiteDatabase.open(
            .file(path: "\(arguments.folder)-outbox.db"),
            migrations: [SQLMigration(version: 1, name: "outbox", sql: Outbox.table)])
        let window = arguments.number("window", 64 << 10)
        let broker = RabbitMQBroker(try arguments.rabbitMQ(windowBytes: window))
        _ = try await broker.apply(Self.topology)
        let count = count
        for start in stride(from: 0, to: count, by: 1000) {
            try await database.write { connection in
                try Outbox(connection).append(
                    (start..<min(start + 1000, count)).map(Self.message), to: "bench", at: World.live.now())
            }
        }
        var relay = Relay(database, broker, .live, Self.processes)
        relay.batch = arguments.number("batch", relay.batch)
        let begin = clock.now
        let pass = await relay.flush()
        guard pass.sent == count else { throw Failure("\(pass)") }
        print("relay, window \(window)", Double(count) / (clock.now - begin).seconds, "messages/s")
        await broker.close()
        await database.close()
    }

    /// A queue of the broker into an inbox, acknowledged once it is durable.
    func receive() async throws {
        let schema = QueueSchema(tags: [Self.sequence], sequence: Self.sequence)
        let database = try await SQLiteDatabase.open(
            .file(path: "\(arguments.folder)-inbox.db"), migrations: [schema.migration])
        let store = TaskStore(database, schema)
        let inbox = Inbox(kind: TaskKind("bench.message"), refusedKind: TaskKind("bench.refused")) {
            [Self.sequence: $0.key]
        }
        let broker = RabbitMQBroker(try arguments.rabbitMQ())
        let count = count
        let received = Mutex(0)
        let (done, end) = AsyncStream<Void>.makeStream()
        var receiver = Receiver(broker, queue: "bench", inbox, store, .live)
        receiver.report = { event in
            guard case .received(let more, _) = event else { return }
            let total = received.withLock { received in
                received += more
                return received
            }
            if total >= count { end.finish() }
        }
        let begin = clock.now
        let running = Task { [receiver] in await receiver.run() }
        for await _ in done {}
        print("receive into the inbox", Double(count) / (clock.now - begin).seconds, "messages/s")
        running.cancel()
        await running.value
        await broker.close()
        await database.close()
    }

    private static let sequence = TaskTag("sequence", isSelective: true)
}
