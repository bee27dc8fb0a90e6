import MessagingKit
import Testing
import WorldKit

extension BrokerSuite {
    static let receiving = [
        BrokerCase("a receiver that waits is given what is published meanwhile") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            async let received = subscription.receive(atMost: 10, withinSeconds: BrokerUnderTest.patience)
            try await test.publishAll([BrokerUnderTest.message(1)])
            #expect(try await received.ids == ["message-1"])
            await subscription.cancel()
        },
        BrokerCase("a receiver of an empty queue gets nothing when the time is over") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            for seconds in [0, 0.01] {
                #expect(try await subscription.receive(atMost: 10, withinSeconds: seconds).isEmpty)
            }
            await subscription.cancel()
        },
        BrokerCase("a canceled wait gives nothing, and the next one works") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let waiting = Task { try await subscription.receive(atMost: 1, withinSeconds: BrokerUnderTest.patience) }
            waiting.cancel()
            #expect(try await waiting.value.isEmpty)
            try await test.publishAll([BrokerUnderTest.message(1)])
            #expect(try await test.collect(1, from: subscription).ids == ["message-1"])
            await subscription.cancel()
        },
        BrokerCase("at most as many are received as were asked for") { test async throws in
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<10))
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 100)
            var ids: [String] = []
            while ids.count < 10 {
                let some = try await subscription.receive(atMost: 3, withinSeconds: BrokerUnderTest.patience)
                try #require((1...3).contains(some.count))
                ids += some.ids
            }
            #expect(ids == BrokerUnderTest.messages(0..<10).ids)
            await subscription.cancel()
        },
        BrokerCase("no more are delivered than the prefetch until some are acknowledged") { test async throws in
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<10))
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 3)
            let first = try await test.collect(3, from: subscription, acknowledges: false)
            #expect(try await subscription.receive(atMost: 100, withinSeconds: 0.05).isEmpty)
            try await subscription.acknowledge(Array(first.prefix(2)))
            let next = try await test.collect(2, from: subscription, acknowledges: false)
            #expect(try await subscription.receive(atMost: 100, withinSeconds: 0.05).isEmpty)
            #expect((first + next).ids == BrokerUnderTest.messages(0..<5).ids)
            await subscription.cancel()
        },
        BrokerCase("what is not acknowledged returns to its place after a cancel, and is marked") { test async throws in
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<6))
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 4)
            let held = try await test.collect(4, from: subscription, acknowledges: false)
            try await subscription.acknowledge([held[0], held[2]])
            await subscription.cancel()
            let rest = try await test.contents(of: test.left, "Test/A")
            #expect(rest.ids == ["message-1", "message-3", "message-4", "message-5"])
            #expect(rest.map(\.isRedelivered) == [true, true, false, false])
        },
        BrokerCase("two receivers share a queue: each message goes to one of them") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let other = try await test.connect()
            let first = try await test.broker.subscribe(to: test.left, prefetch: 5)
            let second = try await other.subscribe(to: test.left, prefetch: 5)
            try await test.publishAll(BrokerUnderTest.messages(0..<40))
            // Both hold some at the same time.
            var held = [
                try await test.collect(5, from: first, acknowledges: false),
                try await test.collect(5, from: second, acknowledges: false),
            ]
            #expect(Set(held.joined().map { $0.message?.id }).count == 10)
            var ids = held.joined().map { $0.message?.id ?? "" }
            while ids.count < 40 {
                for (place, subscription) in [first, second].enumerated() {
                    try await subscription.acknowledge(held[place])
                    held[place] = try await subscription.receive(atMost: 5, withinSeconds: 0.2)
                    ids += held[place].ids
                }
            }
            for (place, subscription) in [first, second].enumerated() {
                try await subscription.acknowledge(held[place])
            }
            #expect(ids.count == 40 && Set(ids) == Set(BrokerUnderTest.messages(0..<40).ids))
            await first.cancel()
            await second.cancel()
            #expect(try await test.contents(of: test.left, "Test/A").isEmpty)
            await other.close()
        },
        BrokerCase("a delivery that is no message is given as such, and can be acknowledged") { test async throws in
            guard let deliverMalformed = test.deliverMalformed else { return }
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll([BrokerUnderTest.message(1)])
            let body: [UInt8] = [0xFF, 0xFE, 0, 1]
            try await deliverMalformed(body, test.left)
            try await test.publishAll([BrokerUnderTest.message(2)])
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let all = try await test.collect(3, from: subscription)
            #expect(all.ids == ["message-1", "malformed", "message-2"])
            guard case .failure(let malformed) = all[1].content else { return }
            #expect(malformed.body == body && !malformed.reason.isEmpty)
            await subscription.cancel()
            #expect(try await test.contents(of: test.left, "Test/A").isEmpty)
        },
    ]
}
