import Foundation
import MessagingKit
import Synchronization
import TestSupport
import Testing

extension RabbitMQTests {
    /// A broker that lacks memory, does not answer, or dies.
    @Suite struct Faults {
        /// Publishes new messages one by one until an outcome is as wanted; between two tries it waits for the node to
        /// say that it runs.
        /// - Returns: the ids of those that were confirmed.
        private static func publish(
            from first: Int, on test: BrokerUnderTest, _ node: RabbitMQNode,
            until isWanted: (PublishOutcome) -> Bool
        ) async throws -> [String] {
            var confirmed: [String] = []
            for number in first..<first + 3000 {
                let message = BrokerUnderTest.message(number)
                let outcome = await test.broker.publish([message], to: test.exchange)[0]
                if outcome == .confirmed { confirmed.append(message.id) }
                if isWanted(outcome) { return confirmed }
                if outcome != .confirmed { try await node.control("await_startup") }
            }
            throw RabbitMQNode.Failure(description: "no such outcome")
        }

        /// Subscribes as soon as the broker allows it.
        private static func subscribe(_ test: BrokerUnderTest, _ node: RabbitMQNode) async throws -> any Subscription {
            var failure: (any Error)?
            for _ in 0..<100 {
                do {
                    return try await test.broker.subscribe(to: test.left, prefetch: 100)
                } catch {
                    failure = error
                    try await node.control("await_startup")
                }
            }
            throw failure ?? RabbitMQNode.Failure(description: "never subscribed")
        }

        private static func isBlocked(_ outcome: PublishOutcome) -> Bool {
            outcome.isUnknown && "\(outcome)".contains("accepts nothing")
        }

        @Test func `a broker that lacks memory blocks no caller, and goes on by itself`() async throws {
            let fixture = try await Fixture {
                $0.heartbeatSeconds = 1
                $0.confirmTimeoutSeconds = 1
            }
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll([BrokerUnderTest.message(0)])
            try await fixture.node.control("set_vm_memory_high_watermark 0.0001")
            var confirmed = ["message-0"]
            do {
                confirmed += try await Self.publish(from: 1, on: test, fixture.node, until: Self.isBlocked)
                // More than the buffers of any socket take.
                let body = Array(repeating: UInt8(ascii: "x"), count: Message.maximumBodySize)
                let many = (5000..<5050).map { BrokerUnderTest.message($0, body: body) }
                for broker in [test.broker, try await test.connect()] {
                    let outcomes = await broker.publish(many, to: test.exchange)
                    #expect(outcomes.count == 50 && outcomes.contains { $0.isUnknown })
                    #expect(outcomes.allSatisfy { $0.isUnknown || $0 == .confirmed })
                    confirmed += zip(many, outcomes).filter { $1 == .confirmed }.map(\.0.id)
                    if broker as? RabbitMQBroker !== test.broker as? RabbitMQBroker { await broker.close() }
                }
                // The connection that consumes is not concerned.
                let subscription = try await test.broker.subscribe(to: test.left, prefetch: 1)
                #expect(try await test.collect(1, from: subscription).ids == ["message-0"])
                await subscription.cancel()
                confirmed.removeFirst()
            } catch {
                Issue.record(error)
            }
            try await fixture.node.control("set_vm_memory_high_watermark 0.4")
            confirmed += try await Self.publish(from: 10_000, on: test, fixture.node) { $0 == .confirmed }
            let received = Set(try await test.contents(of: test.left, "Test/A").ids)
            #expect(received.isSuperset(of: confirmed))
            await test.broker.close()
        }

        @Test func `a broker that is frozen is noticed by its silence`() async throws {
            let fixture = try await Fixture {
                $0.heartbeatSeconds = 1
                $0.connectTimeoutSeconds = 1
            }
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll([BrokerUnderTest.message(0)])
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let held = try await test.collect(1, from: subscription, acknowledges: false)
            async let end = test.code {
                try await subscription.receive(atMost: 1, withinSeconds: BrokerUnderTest.patience)
            }
            try await fixture.node.freeze()
            let body = Array(repeating: UInt8(ascii: "x"), count: Message.maximumBodySize)
            let outcomes = await test.broker.publish(
                (2..<12).map { BrokerUnderTest.message($0, body: body) }, to: test.exchange)
            #expect(outcomes.allSatisfy { $0.isUnknown })
            #expect(await end == .unreachable)
            #expect(await test.code { try await subscription.acknowledge(held) } == .unreachable)
            #expect(await test.code { try await test.broker.apply(test.topology) } == .unreachable)
            #expect(await test.code { try await test.broker.subscribe(to: test.left, prefetch: 1) } == .unreachable)
            try await fixture.node.thaw()
            _ = try await Self.publish(from: 100, on: test, fixture.node) { $0 == .confirmed }
            let again = try await Self.subscribe(test, fixture.node)
            let first = try await test.collect(1, from: again)
            #expect(first.ids == ["message-0"] && first[0].isRedelivered)
            await test.broker.close()
        }

        @Test func `an idle connection is kept by heartbeats`() async throws {
            let test = try await Fixture { $0.heartbeatSeconds = 1 }.test
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll([BrokerUnderTest.message(0)])
            let subscription = try await test.broker.subscribe(to: test.right, prefetch: 10)
            #expect(try await subscription.receive(atMost: 1, withinSeconds: 4).isEmpty)
            try await test.publishAll([BrokerUnderTest.message(1, "Test/B")])
            #expect(try await test.collect(1, from: subscription).ids == ["message-1"])
            await test.broker.close()
        }

        @Test func `a broker that is killed loses nothing that it confirmed`() async throws {
            let fixture = try await Fixture { $0.settlingSeconds = 2 }
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let confirmed = Mutex(Set<String>())
            let (running, reached) = AsyncStream.makeStream(of: Void.self)
            let (returned, isBack) = AsyncStream.makeStream(of: Void.self)
            /// Publishes until nothing of a batch is confirmed, or `count` messages are.
            @Sendable func publish(from first: Int, _ count: Int) async -> Int {
                var (number, sum) = (first, 0)
                while sum < count {
                    let messages = BrokerUnderTest.messages(number..<number + 50)
                    number += 50
                    let outcomes = await test.broker.publish(messages, to: test.exchange)
                    let ids = zip(messages, outcomes).filter { $1 == .confirmed }.map(\.0.id)
                    if ids.isEmpty { break }
                    confirmed.withLock { $0.formUnion(ids) }
                    sum += ids.count
                    if sum >= 500 { reached.finish() }
                }
                return number
            }
            async let publishing: Void = {
                var number = await publish(from: 0, .max)
                reached.finish()
                for await _ in returned {}
                let before = confirmed.withLock { $0.count }
                for _ in 0..<100 where confirmed.withLock({ $0.count }) < before + 500 {
                    number = await publish(from: number, 500)
                    if confirmed.withLock({ $0.count }) == before {
                        _ = try? await fixture.node.control("await_startup")
                    }
                }
            }()
            let held = try await test.collect(10, from: subscription, acknowledges: false)
            for await _ in running {}
            try await fixture.node.kill()
            // What had been delivered by then is forgotten.
            #expect(await test.code { try await subscription.receive(atMost: 1, withinSeconds: 60) } == .unreachable)
            #expect(await test.code { try await subscription.acknowledge(held) } == .unreachable)
            #expect(await test.code { try await test.broker.subscribe(to: test.left, prefetch: 1) } == .unreachable)
            try await fixture.node.start()
            isBack.finish()
            await publishing
            let again = try await Self.subscribe(test, fixture.node)
            var received: Set<String> = []
            let end = "message-999999"
            try await test.publishAll([BrokerUnderTest.message(999_999)])
            while !received.contains(end) {
                let deliveries = try await again.receive(atMost: 100, withinSeconds: BrokerUnderTest.patience)
                try #require(!deliveries.isEmpty)
                try await again.acknowledge(deliveries)
                received.formUnion(deliveries.ids)
            }
            #expect(received.isSuperset(of: confirmed.withLock { $0 }))
            #expect(held.ids.allSatisfy(received.contains))
            await test.broker.close()
        }
    }
}
