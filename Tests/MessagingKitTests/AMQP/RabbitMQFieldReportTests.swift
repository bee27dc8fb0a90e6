import Foundation
import MessagingKit
import QueueKit
import SQLKit
import SQLiteEngine
import Synchronization
import TestSupport
import Testing
import WorldKit

extension RabbitMQTests {
    /// Failures that users of other messaging libraries have reported about RabbitMQ; ``FieldReportTests`` lists all.
    @Suite(.timeLimit(.minutes(5))) struct FieldReports {
        /// An outbox on the one side of the broker and an inbox on the other.
        private struct Line {
            let node: RabbitMQNode
            let test: BrokerUnderTest
            let outbox: SQLiteDatabase
            let store: TaskStore
            /// One for all that a test sends: another one would stand by.
            let relay: Relay
            let inbox = Inbox(kind: .message, refusedKind: .refused, tags: { [.messageKey: $0.key] })

            init(_ change: @Sendable (inout RabbitMQOptions) -> Void = { _ in }) async throws {
                let fixture = try await Fixture(change)
                (node, test) = (fixture.node, fixture.test)
                outbox = try await SQLiteDatabase.open(
                    .memory, migrations: [SQLMigration(version: 1, name: "outbox", sql: Outbox.table)])
                let schema = QueueSchema(tags: [.messageKey], sequence: .messageKey)
                store = TaskStore(
                    try await SQLiteDatabase.open(.memory, migrations: [schema.migration]), schema)
                var relay = Relay(outbox, test.broker, .live, Processes(own: "one") { _ in true })
                relay.topologySeconds = 0
                relay.backoff.capSeconds = 0.5
                relay.policy.baseSeconds = 0.2
                relay.policy.capSeconds = 0.2
                relay.policy.maxAttempts = .max
                self.relay = relay
            }

            func append(_ messages: [Message]) async throws {
                let (exchange, now) = (test.exchange, World.live.now())
                try await outbox.write { try Outbox($0).append(messages, to: exchange, at: now) }
            }

            func receiver(_ broker: (any Broker)? = nil) -> Receiver {
                var receiver = Receiver(broker ?? test.broker, queue: test.left, inbox, store, .live)
                receiver.backoff.capSeconds = 0.5
                receiver.waitSeconds = 1
                return receiver
            }

            func states() async throws -> [String: String] {
                let rows = try await outbox.read { try Outbox($0).list(OutboxFilter()) }
                return Dictionary(rows.map { ($0.message.id, $0.state.rawValue) }) { $1 }
            }

            func received() async throws -> Set<String> {
                var filter = TaskFilter()
                filter.kinds = [.message]
                return Set(try await store.read { [filter] in try $0.tasks(filter, at: World.live.now()) }.map(\.key))
            }

            /// Runs a receiver, and a relay if there is one, until all of these ids are in the inbox.
            func run(_ receiver: Receiver, _ relay: Relay? = nil, until ids: [String]) async throws {
                var receiver = receiver
                let (events, sink) = AsyncStream.makeStream(of: Void.self)
                receiver.report = { if case .received = $0 { sink.yield() } }
                let running =
                    [receiver].map { receiver in Task { await receiver.run() } }
                    + [relay].compactMap(\.self).map { relay in Task { await relay.run() } }
                if try await !received().isSuperset(of: ids) {
                    for await _ in events where try await received().isSuperset(of: ids) { break }
                }
                for task in running { task.cancel() }
                for task in running { await task.value }
            }

            /// Removes the exchange with its bindings, as a broker that was set up anew lacks them.
            func deleteExchange() async throws {
                try await node.evaluate(
                    """
                    rabbit_exchange:delete(rabbit_misc:r(<<"/">>, exchange, <<"\(test.exchange)">>), false, <<"test">>).
                    """)
            }
        }

        @Test func `a row whose exchange is missing is not completed`() async throws {
            let line = try await Line()
            try await line.append([BrokerUnderTest.message(1)])
            var relay = line.relay
            #expect(await relay.flush().parked == 1)
            let row = try #require(try await line.outbox.read { try Outbox($0).list(OutboxFilter()) }.first)
            #expect(row.state == .parked && row.error?.contains(line.test.exchange) == true, "\(row.error ?? "")")
            relay.topology = line.test.topology
            try await line.run(line.receiver(), relay, until: ["message-1"])
            #expect(try await line.states() == ["message-1": "sent"])
            await line.test.broker.close()
        }

        @Test func `a binding that is lost over a restart loses no message`() async throws {
            let line = try await Line { $0.settlingSeconds = 2 }
            let topology = line.test.topology
            var relay = line.relay
            // The sender makes the exchange, and the receiver its queue.
            relay.topology = Topology(exchange: topology.exchange, queues: [])
            var receiver = line.receiver()
            receiver.topology = Topology(exchange: topology.exchange, queues: [topology.queues[0]])
            try await line.append([BrokerUnderTest.message(1)])
            try await line.run(receiver, relay, until: ["message-1"])
            try await line.node.kill()
            try await line.node.start()
            try await line.deleteExchange()
            try await line.append([BrokerUnderTest.message(2)])
            // Without its subscriber, the message is parked with what it lacks.
            let pass = await Self.flushed(relay, line.node)
            #expect(pass.parked == 1 && pass.sent == 0)
            let parked = try #require(
                try await line.outbox.read { try Outbox($0).list(OutboxFilter()) }.first { $0.state == .parked })
            #expect(parked.message.id == "message-2" && parked.exchange == line.test.exchange)
            try await line.append([BrokerUnderTest.message(3)])
            try await line.run(receiver, relay, until: ["message-2", "message-3"])
            #expect(try await line.states().values.allSatisfy { $0 == "sent" })
            await line.test.broker.close()
        }

        /// Sends once the broker can be used.
        private static func flushed(_ relay: Relay, _ node: RabbitMQNode) async -> Relay.Pass {
            var pass = await relay.flush()
            for _ in 0..<100 where pass.failure != nil {
                _ = try? await node.control("await_startup")
                pass = await relay.flush()
            }
            return pass
        }

        @Test func `a memory alarm blocks neither the relay nor commits`() async throws {
            let line = try await Line {
                $0.heartbeatSeconds = 1
                $0.confirmTimeoutSeconds = 1
            }
            _ = try await line.test.broker.apply(line.test.topology)
            let body = Array("\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: 1 << 19) + Array("\"".utf8)
            try await line.append([BrokerUnderTest.message(0)])
            // One relay: another one would stand by.
            let relay = line.relay
            #expect(await relay.flush().sent == 1)
            try await line.node.control("set_vm_memory_high_watermark 0.0001")
            do {
                // More than any buffer takes, so that a call that waits for the broker would never return.
                try await line.append((1...40).map { BrokerUnderTest.message($0, body: body) })
                var pass = await relay.flush()
                for number in 41..<141 where pass.failure == nil {
                    try await line.append([BrokerUnderTest.message(number, body: body)])
                    pass = await relay.flush()
                }
                #expect(pass.failure != nil)
                #expect(try await line.states().values.contains("unsent"))
                try await line.append([BrokerUnderTest.message(1000)])
            } catch {
                Issue.record(error)
            }
            try await line.node.control("set_vm_memory_high_watermark 0.4")
            let all = try await Array(line.states().keys)
            try await line.run(line.receiver(), relay, until: all)
            #expect(try await line.states().values.allSatisfy { $0 == "sent" })
            await line.test.broker.close()
        }

        @Test func `a receiver goes on by itself after the broker's restart`() async throws {
            let line = try await Line {
                $0.heartbeatSeconds = 1
                $0.settlingSeconds = 2
            }
            _ = try await line.test.broker.apply(line.test.topology)
            var receiver = line.receiver()
            let (events, sink) = AsyncStream.makeStream(of: String.self)
            receiver.report = { event in
                switch event {
                case .subscribed: sink.yield("subscribed")
                case .received: sink.yield("received")
                case .failed: sink.yield("failed")
                }
            }
            let running = Task { [receiver] in await receiver.run() }
            let relaying = Task { await line.relay.run() }
            var seen = events.makeAsyncIterator()
            func wait(for word: String) async { while let next = await seen.next(), next != word {} }
            await wait(for: "subscribed")
            for round in 0..<2 {
                try await line.append([BrokerUnderTest.message(round)])
                await wait(for: "received")
                try await line.node.kill()
                await wait(for: "failed")
                try await line.append([BrokerUnderTest.message(10 + round)])
                try await line.node.start()
                while try await !line.received().contains("message-\(10 + round)") { await wait(for: "received") }
            }
            running.cancel()
            relaying.cancel()
            await running.value
            await relaying.value
            #expect(try await line.received() == ["message-0", "message-1", "message-10", "message-11"])
            await line.test.broker.close()
        }

        @Test func `acknowledgements just before a stop are not lost`() async throws {
            let line = try await Line()
            _ = try await line.test.broker.apply(line.test.topology)
            for round in 0..<4 {
                try await line.test.publishAll(BrokerUnderTest.messages(0..<10_000))
                let broker = try await line.test.connect()
                let subscription = try await broker.subscribe(to: line.test.left, prefetch: 10_000)
                let deliveries = try await line.test.collect(10_000, from: subscription, acknowledges: false)
                // Every other one first, so that each is a frame of its own, and all of them are on their way at once.
                try await subscription.acknowledge(deliveries.filter { !$0.tag.isMultiple(of: 2) })
                try await subscription.acknowledge(deliveries.filter { $0.tag.isMultiple(of: 2) })
                if round % 2 == 0 { await subscription.cancel() }
                await broker.close()
                #expect(try await line.test.contents(of: line.test.left, "Test/A").isEmpty, "round \(round)")
            }
            await line.test.broker.close()
        }

        @Test func `a crash right after set-up loses no confirmed message`() async throws {
            // Longer than the second within which a crash takes a new queue's content along.
            let line = try await Line { $0.settlingSeconds = 2 }
            let begin = ContinuousClock.now
            _ = try await line.test.broker.apply(line.test.topology)
            #expect(ContinuousClock.now - begin >= .seconds(2), "it is ready once a crash does not concern it")
            try await line.append(BrokerUnderTest.messages(0..<300))
            #expect(await line.relay.flush().sent == 300)
            try await line.node.kill()
            try await line.node.start()
            // The queue has a leader: it takes messages, and gives out those that were confirmed.
            try await line.append([BrokerUnderTest.message(300)])
            try await line.run(line.receiver(), line.relay, until: BrokerUnderTest.messages(0..<301).ids)
            // What a broker loses all the same is sent again from the outbox, and the inbox drops what it knows.
            try await line.node.control("delete_queue \(line.test.left)")
            try await line.store.write { _ = try $0.connection.execute("DELETE FROM tasks WHERE key = 'message-7'") }
            _ = try await line.outbox.write { try Outbox($0).resend(OutboxFilter()) }
            var (relay, receiver) = (line.relay, line.receiver())
            (relay.topology, receiver.topology) = (line.test.topology, line.test.topology)
            try await line.run(receiver, relay, until: ["message-7"])
            #expect(try await line.received() == Set(BrokerUnderTest.messages(0..<301).ids))
            await line.test.broker.close()
        }

        @Test func `a row that cannot be sent does not hold up the others`() async throws {
            let line = try await Line()
            _ = try await line.test.broker.apply(line.test.topology)
            var large = BrokerUnderTest.message(0)
            large.body = Array(repeating: UInt8(ascii: "x"), count: Message.maximumBodySize + 1)
            let unroutable = BrokerUnderTest.message(1, "Unknown")
            try await line.append([large, unroutable] + BrokerUnderTest.messages(2..<6))
            let pass = await line.relay.flush()
            #expect(pass.sent == 4 && pass.parked == 2 && pass.failure == nil)
            #expect(
                try await line.states().filter { $0.value == "parked" }.keys.sorted() == ["message-0", "message-1"])
            #expect(
                try await line.test.contents(of: line.test.left, "Test/A").ids == BrokerUnderTest.messages(2..<6).ids)
            await line.test.broker.close()
        }
    }
}
