import MessagingKit
import QueueKit
import SQLKit
import SQLiteEngine
import Testing
import WorldKit

@Suite struct EmbeddedBrokerTests {
    private static let migration = SQLMigration(version: 1, name: "broker", sql: EmbeddedQueues.tables)

    private static func broker(
        _ database: SQLiteDatabase, _ world: World = .live, holder: String = "one", dead: Set<String> = []
    ) -> EmbeddedBroker {
        EmbeddedBroker(database, world, Processes(own: holder) { !dead.contains($0) })
    }

    @Test(arguments: BrokerSuite.cases) func `it keeps the promises of a broker`(promise: BrokerCase) async throws {
        let database = try await SQLiteDatabase.open(.memory, migrations: [Self.migration])
        let broker = Self.broker(database)
        try await promise.run(
            BrokerUnderTest(
                broker: broker, connect: { Self.broker(database, holder: "two") },
                deleteQueue: { try await broker.deleteQueue($0) },
                deliverMalformed: { body, queue in
                    _ = try await database.write {
                        try $0.execute(
                            """
                            INSERT INTO broker_messages
                                (queue, id, type, key, correlation_id, time, schema_version, body)
                            VALUES ($1, 'x', 'Test/A', 'k', 'c', $2, 1, $3)
                            """, [.text(queue), .integer(Int64.max), .blob(body)])
                    }
                }, prefix: ""))
        await broker.close()
        await database.close()
    }

    private func filled(_ clock: VirtualClock) async throws -> (SQLiteDatabase, BrokerUnderTest) {
        let database = try await SQLiteDatabase.open(.memory, migrations: [Self.migration])
        let broker = Self.broker(database, clock.world)
        let test = BrokerUnderTest(broker: broker, connect: { broker }, prefix: "")
        _ = try await broker.apply(test.topology)
        try await test.publishAll(BrokerUnderTest.messages(0..<3))
        return (database, test)
    }

    @Test func `deliveries of a killed process return at once to its place in the queue`() async throws {
        let clock = VirtualClock()
        let (database, test) = try await filled(clock)
        let killed = Self.broker(database, clock.world, holder: "killed")
        let lost = try await killed.subscribe(to: test.left, prefetch: 2)
        #expect(try await lost.receive(atMost: 2, withinSeconds: 0).count == 2)
        let survivor = Self.broker(database, clock.world, holder: "survivor", dead: ["killed"])
        let subscription = try await survivor.subscribe(to: test.left, prefetch: 9)
        let received = try await subscription.receive(atMost: 9, withinSeconds: 0)
        #expect(received.ids == BrokerUnderTest.messages(0..<3).ids)
        #expect(received.map(\.isRedelivered) == [true, true, false])
    }

    @Test func `deliveries of a receiver that was not used for its lease return`() async throws {
        let clock = VirtualClock()
        let (database, test) = try await filled(clock)
        let suspended = Self.broker(database, clock.world, holder: "suspended")
        let slow = try await suspended.subscribe(to: test.left, prefetch: 2)
        let held = try await slow.receive(atMost: 2, withinSeconds: 0)
        let other = try await test.broker.subscribe(to: test.left, prefetch: 9)
        clock.advance(bySeconds: 29)
        #expect(try await other.receive(atMost: 9, withinSeconds: 0).ids == ["message-2"])
        clock.advance(bySeconds: 2)
        #expect(try await other.receive(atMost: 9, withinSeconds: 0).ids == ["message-0", "message-1"])
        await #expect(throws: BrokerError.self) { try await slow.acknowledge(held) }
        #expect(
            await test.code { try await slow.receive(atMost: 1, withinSeconds: 0) } == .unreachable,
            "and the receiver has to subscribe again")
    }

    @Test func `a receiver that is used keeps what it holds`() async throws {
        let clock = VirtualClock()
        let (_, test) = try await filled(clock)
        let slow = try await test.broker.subscribe(to: test.left, prefetch: 2)
        let held = try await slow.receive(atMost: 2, withinSeconds: 0)
        let other = try await test.broker.subscribe(to: test.left, prefetch: 9)
        var received: [Delivery] = []
        for _ in 0..<10 {
            clock.advance(bySeconds: 16)
            #expect(try await slow.receive(atMost: 1, withinSeconds: 0).isEmpty)
            received += try await other.receive(atMost: 9, withinSeconds: 0)
        }
        #expect(received.ids == ["message-2"])
        try await slow.acknowledge(held)
        await #expect(throws: BrokerError.self, "a delivery is acknowledged once") { try await slow.acknowledge(held) }
    }

    @Test func `a process that dies before its acknowledgement loses nothing`() async throws {
        let clock = VirtualClock()
        let (database, test) = try await filled(clock)
        do {
            let doomed = Self.broker(database, clock.world, holder: "doomed")
            let subscription = try await doomed.subscribe(to: test.left, prefetch: 9)
            #expect(try await subscription.receive(atMost: 9, withinSeconds: 0).count == 3)
        }
        clock.advance(bySeconds: 31)
        #expect(try await test.contents(of: test.left, "Test/A").ids == BrokerUnderTest.messages(0..<3).ids)
    }

    @Test func `queues are counted with what is held`() async throws {
        let clock = VirtualClock()
        let (database, test) = try await filled(clock)
        let subscription = try await test.broker.subscribe(to: test.left, prefetch: 2)
        _ = try await subscription.receive(atMost: 2, withinSeconds: 0)
        let broker = Self.broker(database, clock.world)
        #expect(try await broker.depths() == ["left": 3, "right": 0])
    }

    @Test func `a store that fails leaves a publish unknown`() async throws {
        let clock = VirtualClock()
        let (database, test) = try await filled(clock)
        await database.close()
        let outcomes = await test.broker.publish(BrokerUnderTest.messages(0..<2), to: test.exchange)
        #expect(outcomes.map(\.isUnknown) == [true, true])
    }
}
