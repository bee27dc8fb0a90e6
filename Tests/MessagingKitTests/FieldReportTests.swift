import MessagingKit
import QueueKit
import SQLKit
import SQLiteEngine
import Synchronization
import TestSupport
import Testing
import WorldKit

/// Failures that users of other messaging libraries have reported. Each is one test, named by what it shows.
///
/// | report | test |
/// | --- | --- |
/// | SlimMessageBus#360 | `a row without a confirm is not marked as sent` |
/// | namastack-outbox#371 | `a row whose exchange is missing is not completed` (also with RabbitMQ) |
/// | eventuate-tram-core#194 | `a binding that is lost over a restart loses no message` (with RabbitMQ) |
/// | rabbitmq-c#519 | `a memory alarm blocks neither the relay nor commits` (with RabbitMQ) |
/// | wolverine#1439 | `a receiver goes on by itself after the broker's restart` (with RabbitMQ) |
/// | rabbitmq-server#10327 | `acknowledgements just before a stop are not lost` (with RabbitMQ) |
/// | rabbitmq-server#15725 | `a crash right after set-up loses no confirmed message` (with RabbitMQ) |
/// | MassTransit#3512 | `messages are sent in the order of the commits` |
/// | kamu-cli#1398 | `a row that is committed late is not skipped` |
/// | MassTransit#5918 | `a row that cannot be sent does not hold up the others` (also with RabbitMQ) |
/// | NServiceBus#5557 | `the mark of a message does not outlive the failure of its effect` (OrderingTests) |
/// | NServiceBus#4086 | `two copies at the same time take effect once` (OrderingTests) |
/// | watermill#184 | `a poison message is tried with pauses, and its neighbors are handled` |
/// | rebus#795 | `a payment waits for an account that is not there yet` (OrderingTests) |
/// | RawRabbit#272 | `a request that outlives a restart is answered in the end` (OrderingTests) |
///
/// Those with RabbitMQ are in `AMQP/RabbitMQFieldReportTests.swift`, those of OrderingTests in its
/// `FieldReportTests.swift` and `DeliveryTests.swift`.
@Suite struct FieldReportTests {
    @Test func `every test of the table exists where the table says`() throws {
        let own = try GoldenFile(#filePath).text()
        let rows = own.split(separator: "\n").filter { $0.hasPrefix("/// | ") && $0.contains("`") }
        #expect(rows.count == 15)
        func source(_ paths: [String]) throws -> String {
            try paths.map { try GoldenFile(Repository.file("Tests/\($0)")).text() }.joined()
        }
        let here = own.split(separator: "\n").filter { !$0.hasPrefix("///") }.joined(separator: "\n")
        let rabbitMQ = try source(["MessagingKitTests/AMQP/RabbitMQFieldReportTests.swift"])
        let services = try source(["OrderingTests/FieldReportTests.swift", "OrderingTests/DeliveryTests.swift"])
        for row in rows {
            let name = row.split(separator: "`")[1]
            let places: [String]
            if row.hasSuffix("(OrderingTests) |") {
                places = [services]
            } else if row.hasSuffix("(with RabbitMQ) |") {
                places = [rabbitMQ]
            } else {
                places = row.hasSuffix("(also with RabbitMQ) |") ? [here, rabbitMQ] : [here]
            }
            for place in places { #expect(place.contains("func `\(name)`("), "\(row)") }
        }
    }

    @Test func `a row without a confirm is not marked as sent`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<3).map { .example("\($0)", key: "\($0)") })
        let broker = ScriptedBroker { $0.id == "1" ? .unknown(reason: "no confirm") : .confirmed }
        let relay = fixture.relay(broker)
        #expect(await relay.flush().unknown == 1)
        #expect(try await fixture.ids(.sent) == ["0", "2"])
        #expect(try await fixture.ids(.unsent) == ["1"])
        broker.decide { _ in .confirmed }
        #expect(await relay.flush().sent == 1)
        #expect(broker.published.joined().filter { $0 == "1" }.count == 2)
    }

    @Test func `a row whose exchange is missing is not completed`() async throws {
        let fixture = try await EmbeddedFixture()
        try await fixture.outbox.append([.example("1")])
        var relay = fixture.relay
        #expect(await relay.flush().parked == 1)
        #expect(try await fixture.outbox.list().map(\.error) == ["exchange x not found"])
        // Where the process makes the exchange itself, it does so before it sends again.
        relay.topology = fixture.topology
        fixture.outbox.clock.advance(bySeconds: 2)
        #expect(await relay.flush().sent == 1)
        #expect(try await fixture.broker.depths() == ["q": 1])
    }

    @Test func `messages are sent in the order of the commits`() async throws {
        let folder = try TemporaryDirectory()
        let database = try await SQLiteDatabase.open(
            .file(path: "\(folder.path)/store.db"),
            migrations: [
                SQLMigration(
                    version: 1, name: "outbox", sql: Outbox.table + "\nCREATE TABLE commits (number INTEGER);"),
                SQLMigration(version: 2, name: "first", sql: "INSERT INTO commits VALUES (0)"),
            ])
        let now = VirtualClock().now
        // Each transaction says how many were committed before it, whatever the order in which they began.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await database.write { connection in
                        let rows = try connection.query("UPDATE commits SET number = number + 1 RETURNING number")
                        let number = try rows[0].integer("number")
                        try Outbox(connection).append([.example("\(number)", key: "k")], to: "x", at: now)
                    }
                }
            }
            try await group.waitForAll()
        }
        let broker = ScriptedBroker()
        let relay = Relay(database, broker, VirtualClock().world, Processes(own: "one") { _ in true })
        #expect(await relay.flush().sent == 200)
        #expect(broker.published.joined().map { $0 } == (1...200).map { "\($0)" })
        await database.close()
    }

    @Test func `a row that is committed late is not skipped`() async throws {
        let fixture = try await OutboxFixture()
        try await fixture.append((0..<3).map { .example("\($0)", key: "\($0)") })
        try await fixture.database.write { connection in
            _ = try connection.execute("UPDATE outbox SET position = position + 10")
        }
        let broker = ScriptedBroker()
        let relay = fixture.relay(broker)
        #expect(await relay.flush().sent == 3)
        // A position before those that were read becomes visible only now.
        try await fixture.append([.example("late", key: "late")])
        try await fixture.database.write { connection in
            _ = try connection.execute("UPDATE outbox SET position = 1 WHERE id = 'late'")
        }
        #expect(await relay.flush().sent == 1)
        #expect(broker.published.last == ["late"])
    }

    @Test func `a row that cannot be sent does not hold up the others`() async throws {
        let fixture = try await EmbeddedFixture()
        _ = try await fixture.broker.apply(fixture.topology)
        let large = "\"" + String(repeating: "x", count: Message.maximumBodySize) + "\""
        try await fixture.outbox.append([
            .example("large", key: "a", body: large), .example("unroutable", type: "Unknown", key: "b"),
            .example(String(repeating: "i", count: 201), key: "c"),
        ])
        try await fixture.outbox.append((0..<50).map { .example("\($0)", key: "\($0)") })
        let relay = fixture.relay
        let pass = await relay.flush()
        #expect(pass.sent == 50 && pass.parked == 3 && pass.failure == nil)
        #expect(try await fixture.outbox.ids(.parked).count == 3)
        #expect(try await fixture.broker.depths() == ["q": 50])
        // They are not read again with every pass.
        #expect(await relay.flush() == Relay.Pass())
    }

    @Test func `a poison message is tried with pauses, and its neighbors are handled`() async throws {
        let clock = VirtualClock()
        let schema = QueueSchema(tags: [.messageKey], sequence: .messageKey)
        let database = try await TestStore.open([schema.migration])
        let store = TaskStore(database, schema)
        let inbox = Inbox(kind: .message, refusedKind: .refused, tags: { [.messageKey: $0.key] })
        let messages: [Message] =
            [.example("poison", key: "p"), .example("behind", key: "p")]
            + (0..<20).map { .example("\($0)", key: "\($0)") }
        let deliveries = messages.map { Delivery(content: .success($0), tag: 0, isRedelivered: false) }
        try await store.write { _ = try inbox.stage(deliveries, in: $0, at: clock.now) }
        let tries = Mutex<[Instant]>([])
        let handled = Mutex<[String]>([])
        let policy = RetryPolicy(polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 60, jitter: 0, maxAttempts: 4)
        let handler = TaskHandler(.message, retryPolicy: policy) { task in
            guard task.key != "poison" else {
                tries.withLock { $0.append(clock.now) }
                throw TaskFailure(errorClass: "poison", message: "it cannot be handled")
            }
            handled.withLock { $0.append(task.key) }
            return .done
        }
        var world = clock.world
        // Its leases are not extended.
        world.sleep = { _ in
            await untilCancelled()
            throw CancellationError()
        }
        let queue = TaskQueue(store, world, TaskRegistry([handler]), retentionSeconds: 1000)
        let worker = Worker(queue, processes: Processes(own: "w") { _ in true })
        for second in 0..<30 {
            while try await !worker.runDue().isEmpty {}
            if second == 0 { #expect(handled.withLock { $0.count } == 20, "its neighbors did not wait for it") }
            clock.advance(bySeconds: 1)
        }
        let begin = try #require(tries.withLock { $0.first })
        #expect(tries.withLock { $0.map { $0.seconds(since: begin) } } == [0, 1, 3, 7])
        let rest = try await queue.list(TaskFilter()).filter { $0.state != .done }
        #expect(rest.map { "\($0.key) \($0.state)" } == ["poison stuck", "behind waiting"])
        // Once it is given up, what waits behind it is handled.
        let poison = try #require(rest.first)
        let request = RequeueRequest(batch: "b", actor: "anna", reason: "poison")
        _ = try await store.write { try $0.cancel([poison], request: request, at: clock.now) }
        while try await !worker.runDue().isEmpty {}
        #expect(handled.withLock { $0.last } == "behind")
    }
}

/// An outbox and an embedded broker without any queue.
struct EmbeddedFixture {
    let outbox: OutboxFixture
    let broker: EmbeddedBroker
    let topology = Topology(exchange: "x", queues: [.init(name: "q", types: ["Test/A"])])

    init() async throws {
        outbox = try await OutboxFixture()
        let database = try await TestStore.open([SQLMigration(version: 1, name: "broker", sql: EmbeddedQueues.tables)])
        broker = EmbeddedBroker(database, outbox.clock.world, Processes(own: "one") { _ in true })
    }

    var relay: Relay { outbox.relay(broker) }
}
