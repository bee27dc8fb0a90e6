import MessagingKit
import Testing
import WorldKit

extension BrokerSuite {
    /// Queues that are missing or vanish, and how subscriptions and brokers end.
    static let ending = [
        BrokerCase("a missing queue cannot be subscribed to") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let code = await test.code { try await test.broker.subscribe(to: test.prefix + "nowhere", prefetch: 1) }
            #expect(code == .missing)
            // And the connection still works.
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 1)
            await subscription.cancel()
        },
        BrokerCase("acknowledgements just before a cancel are not lost") { test async throws in
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<500))
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 500)
            _ = try await test.collect(500, from: subscription)
            await subscription.cancel()
            #expect(try await test.contents(of: test.left, "Test/A").isEmpty)
        },
        BrokerCase("acknowledgements just before a close are not lost") { test async throws in
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<500))
            let other = try await test.connect()
            let subscription = try await other.subscribe(to: test.left, prefetch: 500)
            _ = try await test.collect(500, from: subscription)
            await other.close()
            #expect(try await test.contents(of: test.left, "Test/A").isEmpty)
        },
        BrokerCase("a close returns what is not acknowledged, and confirmed messages stay") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let other = try await test.connect()
            #expect(
                await other.publish(BrokerUnderTest.messages(0..<3), to: test.exchange)
                    == [.confirmed, .confirmed, .confirmed])
            let subscription = try await other.subscribe(to: test.left, prefetch: 2)
            _ = try await test.collect(2, from: subscription, acknowledges: false)
            await other.close()
            #expect(try await test.contents(of: test.left, "Test/A").ids == BrokerUnderTest.messages(0..<3).ids)
        },
        BrokerCase("a closed broker fails every call, and a second close does nothing") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let other = try await test.connect()
            let subscription = try await other.subscribe(to: test.left, prefetch: 2)
            await other.close()
            await other.close()
            #expect(await test.code { try await other.apply(test.topology) } == .closed)
            #expect(await test.code { try await other.differences(from: test.topology) } == .closed)
            #expect(await test.code { try await other.subscribe(to: test.left, prefetch: 1) } == .closed)
            #expect(await test.code { try await subscription.receive(atMost: 1, withinSeconds: 0) } == .closed)
            let outcomes = await other.publish([BrokerUnderTest.message(1)], to: test.exchange)
            #expect(outcomes.map(\.isUnknown) == [true])
            await subscription.cancel()
        },
        BrokerCase("a close ends a wait") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let other = try await test.connect()
            let subscription = try await other.subscribe(to: test.left, prefetch: 2)
            async let code = test.code {
                try await subscription.receive(atMost: 1, withinSeconds: BrokerUnderTest.patience)
            }
            await other.close()
            #expect(await code == .closed)
        },
        BrokerCase("a deleted queue cancels its subscription, and can be made again") { test async throws in
            guard let deleteQueue = test.deleteQueue else { return }
            _ = try await test.broker.apply(test.topology)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 2)
            async let code = test.code {
                try await subscription.receive(atMost: 1, withinSeconds: BrokerUnderTest.patience)
            }
            try await deleteQueue(test.left)
            #expect(await code == .canceled)
            await subscription.cancel()
            let outcomes = await test.broker.publish([BrokerUnderTest.message(1)], to: test.exchange)
            #expect(outcomes.map(\.isReturned) == [true])
            #expect(
                try await test.broker.differences(from: test.topology) == [
                    TopologyDifference(.missingQueue, test.left)
                ])
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll([BrokerUnderTest.message(2)])
            #expect(try await test.contents(of: test.left, "Test/A").ids == ["message-2"])
        },
    ]
}
