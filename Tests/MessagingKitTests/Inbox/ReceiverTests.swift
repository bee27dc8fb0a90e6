import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import MessagingKit

extension TaskKind {
    static let message = TaskKind("message")
    static let refused = TaskKind("message.refused")
}

extension TaskTag {
    static let messageKey = TaskTag("message_key", isSelective: false)
    static let correlation = TaskTag("correlation", isSelective: true)
}

@Suite(.everyEngine) struct ReceiverTests {
    private struct Fixture {
        static let schema = QueueSchema(tags: [.messageKey, .correlation], sequence: .messageKey)

        let database: any SQLDatabase
        let store: TaskStore
        let clock = VirtualClock()
        let broker: EmbeddedBroker
        var inbox = Inbox(kind: .message, refusedKind: .refused) { message in
            [.messageKey: message.key, .correlation: message.correlationID]
        } refusal: { message in
            message.type.hasPrefix("Test/") ? nil : "type \(message.type) is unknown"
        }

        init() async throws {
            database = try await TestStore.open([
                Self.schema.migration, SQLMigration(version: 2, name: "broker", sql: EmbeddedQueues.tables),
            ])
            store = TaskStore(database, Self.schema)
            broker = EmbeddedBroker(database, clock.world, Processes(own: "one") { _ in true })
            _ = try await broker.apply(Topology(exchange: "x", queues: [.init(name: "q", types: ["Test/A", "Other"])]))
        }

        func publish(_ messages: [Message]) async {
            let outcomes = await broker.publish(messages, to: "x")
            #expect(outcomes.allSatisfy { $0 == .confirmed })
        }

        func tasks(_ kind: TaskKind = .message) async throws -> [QueuedTask] {
            var filter = TaskFilter()
            filter.kinds = [kind]
            let chosen = filter
            return try await store.read { [clock] in try $0.tasks(chosen, at: clock.now) }
                .sorted { $0.taskID < $1.taskID }
        }

        func receiver(_ broker: (any Broker)? = nil, _ store: TaskStore? = nil) -> Receiver {
            Receiver(broker ?? self.broker, queue: "q", inbox, store ?? self.store, clock.world)
        }

        /// Runs a receiver until it has received `count` deliveries.
        func receive(_ count: Int, _ receiver: Receiver? = nil) async -> (refused: Int, failures: [String]) {
            var receiver = receiver ?? self.receiver()
            let (events, sink) = AsyncStream.makeStream(of: Receiver.Event.self)
            receiver.report = { sink.yield($0) }
            let service = receiver
            let running = Task { await service.run() }
            var (received, refused, failures) = (0, 0, [String]())
            for await event in events {
                switch event {
                case .subscribed: break
                case .received(let number, let refusals):
                    received += number
                    refused += refusals
                case .failed(let error): failures.append("\((error as? BrokerError)?.message ?? "\(error)")")
                }
                if received >= count { break }
            }
            running.cancel()
            await running.value
            return (refused, failures)
        }
    }

    @Test func `a message becomes a task, once, and is read from it as it was sent`() async throws {
        let fixture = try await Fixture()
        let full = Message(
            id: "m-1", type: "Test/A", key: "счёт", correlationID: "c-1", causationID: "m-0", replyTo: "answers",
            time: Instant(microseconds: 1_773_489_600_123_456), traceParent: "00-1-2-01", schemaVersion: 3,
            body: Array(#"{"amount":1050,"note":"обед \u0000 \"x\""}"#.utf8))
        let plain = Message.example("m-2")
        await fixture.publish([full, plain, full])
        _ = await fixture.receive(3)
        let tasks = try await fixture.tasks()
        #expect(tasks.map(\.key) == ["m-1", "m-2"])
        #expect(try tasks.map { try Message($0) } == [full, plain])
        #expect(tasks[0].tags == [.messageKey: "счёт", .correlation: "c-1"])
        #expect(try await fixture.broker.depths() == ["q": 0])
        // It is remembered when it is done.
        await fixture.publish([full])
        _ = await fixture.receive(1)
        #expect(try await fixture.tasks().count == 2)
    }

    @Test func `a message with U+0000 in its envelope is refused, and its neighbors are staged`() async throws {
        let fixture = try await Fixture()
        let messages: [Message] = [.example("i\0d"), .example("key", key: "\0"), .example("good")]
        let deliveries = messages.map { Delivery(content: .success($0), tag: 0, isRedelivered: false) }
        let refused = try await fixture.store.write { [inbox = fixture.inbox] in
            try inbox.stage(deliveries, in: $0, at: Instant(microseconds: 0))
        }
        #expect(refused == 2)
        #expect(try await fixture.tasks().map(\.key) == ["good"])
        #expect(try await fixture.tasks(.refused).map { $0.key.prefix(3) } == ["id#", "key"])
    }

    @Test func `messages of a key wait for each other`() async throws {
        let fixture = try await Fixture()
        await fixture.publish([.example("a1", key: "a"), .example("a2", key: "a"), .example("b1", key: "b")])
        _ = await fixture.receive(3)
        #expect(try await fixture.tasks().map(\.state) == [.ready, .waiting, .ready])
    }

    @Test func `thousands are received in batches, in their order`() async throws {
        let fixture = try await Fixture()
        let messages = (0..<2000).map { Message.example("\($0)", key: "\($0)") }
        await fixture.publish(messages)
        _ = await fixture.receive(2000)
        #expect(try await fixture.tasks().map(\.key) == messages.map(\.id))
    }

    @Test func `a delivery that the service cannot handle is kept with its reason, and holds up no other`() async throws
    {
        let fixture = try await Fixture()
        let unknown = Message.example("unknown", type: "Other", key: "a", body: #"{"a":1}"#)
        var binary = Message.example("binary", key: "a")
        binary.body = [0xFF, 0xFE]
        var nul = Message.example("nul", key: "a")
        nul.body = Array("{\"\0\":1}".utf8)
        await fixture.publish([unknown, binary, nul, .example("good", key: "a")])
        try await fixture.database.write { connection in
            try connection.execute(
                """
                INSERT INTO broker_messages (queue, id, type, key, correlation_id, time, schema_version, body)
                VALUES ('q', 'broken', 'Test/A', 'a', 'c', $1, 1, $2)
                """, [.integer(Int64.max), .blob(Array(repeating: 0x78, count: 100_000))])
        }
        #expect(await fixture.receive(5).refused == 4)
        #expect(try await fixture.tasks().map { "\($0.key) \($0.state)" } == ["good ready"])
        let refused = try await fixture.tasks(.refused)
        #expect(
            // Only SQLite names the table of a column.
            refused.map { $0.payload["reason"]?.replacing("broker_messages.", with: "") } == [
                "type Other is unknown", "the body is not UTF-8", "the body contains a NUL character",
                "time holds a number out of range",
            ])
        #expect(refused.map { $0.payload["body"]?.utf8.count } == [7, nil, nil, Inbox.keptBodySize])
        #expect(refused.map { $0.payload["hex"] } == [nil, "fffe", "7b2200223a317d", nil])
        #expect(refused.last?.payload["bytes"] == "100000")
        #expect(refused.last?.key.hasPrefix("broken#") == true)
        #expect(try await fixture.broker.depths() == ["q": 0])
    }

    @Test func `a refused message gets stuck, and is handled once the service understands it`() async throws {
        var fixture = try await Fixture()
        let message = Message.example("unknown", type: "Other", key: "a", body: #"{"a":1}"#)
        await fixture.publish([message])
        _ = await fixture.receive(1)
        func run(_ inbox: Inbox) async throws -> Worker.Attempt {
            var world = fixture.clock.world
            // Its lease is not extended.
            world.sleep = { _ in
                await untilCancelled()
                throw CancellationError()
            }
            let registry = TaskRegistry([inbox.refusedHandler(store: fixture.store, world: world)])
            let queue = TaskQueue(fixture.store, world, registry, retentionSeconds: 1)
            let worker = Worker(queue, processes: Processes(own: "w") { _ in true })
            return try await worker.run(taskID: try await fixture.tasks(.refused)[0].taskID)
        }
        #expect(try await run(fixture.inbox).ending == .stuck(errorClass: "message_refused"))
        #expect(try await fixture.tasks(.refused)[0].errorMessage == "type Other is unknown")
        fixture.inbox.refusal = { _ in nil }
        #expect(try await run(fixture.inbox).ending == .done)
        #expect(try await fixture.tasks().map { try Message($0) } == [message])
        #expect(try await fixture.tasks(.refused).map(\.state) == [.done])
    }

    @Test func `a forged id of a refused delivery keeps no message out`() async throws {
        let fixture = try await Fixture()
        var forged = Message.example("m-1", type: "Other", body: #"{"forged":true}"#)
        await fixture.publish([forged])
        forged.body = Array(#"{"forged":2}"#.utf8)
        await fixture.publish([forged, .example("m-1")])
        _ = await fixture.receive(3)
        #expect(try await fixture.tasks().map(\.key) == ["m-1"])
        #expect(try await fixture.tasks(.refused).count == 2)
    }

    @Test func `a store that fails leaves the deliveries to the broker`() async throws {
        let fixture = try await Fixture()
        await fixture.publish([.example("1"), .example("2")])
        let failing = try await Fixture()
        try await failing.database.write { try $0.execute("ALTER TABLE tasks RENAME TO hidden") }
        // Mended during the second pause.
        fixture.clock.beforeSleep { seconds in
            guard seconds == 0.2 else { return }
            _ = try? await failing.database.write { try $0.execute("ALTER TABLE hidden RENAME TO tasks") }
        }
        let (_, failures) = await fixture.receive(2, fixture.receiver(nil, failing.store))
        #expect(failures.count == 2)
        let polls = 0.25
        #expect(fixture.clock.slept.filter { $0 != polls } == [0.1, 0.2])
        #expect(try await failing.tasks().map(\.key) == ["1", "2"])
        #expect(try await fixture.broker.depths() == ["q": 0])
    }

    @Test func `a queue that vanishes is reported, and received from when it is there again`() async throws {
        let fixture = try await Fixture()
        var receiver = fixture.receiver()
        let (events, sink) = AsyncStream.makeStream(of: Receiver.Event.self)
        receiver.report = { sink.yield($0) }
        fixture.clock.beforeSleep { _ in await Task.yield() }
        let service = receiver
        let running = Task { await service.run() }
        var seen: [String] = []
        for await event in events {
            switch event {
            case .subscribed where seen.isEmpty:
                seen.append("subscribed")
                try await fixture.broker.deleteQueue("q")
            case .subscribed: seen.append("subscribed again")
            case .failed(let error as BrokerError):
                if seen.last != "\(error.code)" { seen.append("\(error.code)") }
                guard error.code == .missing else { continue }
                _ = try await fixture.broker.apply(
                    Topology(exchange: "x", queues: [.init(name: "q", types: ["Test/A"])]))
                await fixture.publish([.example("1")])
            case .failed: seen.append("another failure")
            case .received: seen.append("received")
            }
            if seen.last == "received" { break }
        }
        running.cancel()
        await running.value
        #expect(seen.first == "subscribed" && seen.contains("canceled"))
        #expect(seen.suffix(2) == ["subscribed again", "received"])
        #expect(Set(try await fixture.tasks().map(\.key)) == ["1"])
    }

    @Test func `a stop stages and acknowledges what has arrived, and returns the rest`() async throws {
        let fixture = try await Fixture()
        await fixture.publish((0..<10).map { .example("\($0)", key: "\($0)") })
        var receiver = fixture.receiver()
        receiver.batch = 4
        let task = Mutex<Task<Void, Never>?>(nil)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        receiver.report = { event in
            if case .subscribed = event { for await _ in started { break } }
            // Canceled within the first batch.
            if case .received = event { task.withLock { $0?.cancel() } }
        }
        let service = receiver
        let running = Task { await service.run() }
        task.withLock { $0 = running }
        start.yield()
        await running.value
        #expect(try await fixture.tasks().map(\.key) == ["0", "1", "2", "3"])
        #expect(try await fixture.broker.depths() == ["q": 6])
        let subscription = try await fixture.broker.subscribe(to: "q", prefetch: 9)
        #expect(try await subscription.receive(atMost: 9, withinSeconds: 0).ids == (4..<10).map { "\($0)" })
    }

    @Test func `a process that dies between staging and acknowledging handles each message once`() async throws {
        let fixture = try await Fixture()
        await fixture.publish([.example("1"), .example("2")])
        do {
            let doomed = EmbeddedBroker(fixture.database, fixture.clock.world, Processes(own: "dead") { _ in true })
            let subscription = try await doomed.subscribe(to: "q", prefetch: 9)
            let deliveries = try await subscription.receive(atMost: 9, withinSeconds: 0)
            try await fixture.store.write { [fixture] in
                _ = try fixture.inbox.stage(deliveries, in: $0, at: fixture.clock.now)
            }
        }
        fixture.clock.advance(bySeconds: 60)
        _ = await fixture.receive(2)
        #expect(try await fixture.tasks().map(\.key) == ["1", "2"])
        #expect(try await fixture.broker.depths() == ["q": 0])
    }
}
