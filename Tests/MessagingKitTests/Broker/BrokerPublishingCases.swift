import MessagingKit
import Testing
import WorldKit

extension BrokerSuite {
    /// Topology, and the outcomes of publishing.
    static let publishing = [
        BrokerCase("what is missing of a topology is named, made once, and not made again") { test async throws in
            #expect(
                try await test.broker.differences(from: test.topology) == [
                    TopologyDifference(.missingExchange, test.exchange),
                    TopologyDifference(.missingQueue, test.left), TopologyDifference(.missingQueue, test.right),
                ])
            for _ in 0..<2 { #expect(try await test.broker.apply(test.topology).isEmpty) }
            #expect(try await test.broker.differences(from: test.topology).isEmpty)
        },
        BrokerCase("a queue of a topology gets the bindings that were added to it") { test async throws in
            _ = try await test.broker.apply(test.topology)
            var topology = test.topology
            topology.queues[0].types.append("Test/New")
            #expect(
                await test.broker.publish([BrokerUnderTest.message(1, "Test/New")], to: test.exchange)[0].isReturned)
            #expect(try await test.broker.apply(topology).isEmpty)
            #expect(try await test.broker.differences(from: topology).isEmpty)
            try await test.publishAll([BrokerUnderTest.message(2, "Test/New")])
            #expect(try await test.contents(of: test.left, "Test/A").ids == ["message-2"])
        },
        BrokerCase("a message arrives as it was sent") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let full = Message(
                id: "billing:payment-1:0", type: "Test/A", key: "счёт 7", correlationID: "c-1", causationID: "m-0",
                replyTo: "answers", time: Instant(microseconds: 1_773_489_600_123_456),
                traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", schemaVersion: 3,
                contentType: CloudEvent.contentType,
                body: Array(#"{"amount":1050,"note":"обед \u0000 \"x\""}"#.utf8))
            let plain = BrokerUnderTest.message(2)
            try await test.publishAll([full, plain])
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let deliveries = try await test.collect(2, from: subscription)
            #expect(deliveries.map(\.message) == [full, plain])
            #expect(deliveries.allSatisfy { !$0.isRedelivered })
            await subscription.cancel()
        },
        BrokerCase("a message reaches every queue that is bound to its type, and no other") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let types = ["Test/A", "Test/B", "Test/Both"]
            try await test.publishAll(types.enumerated().map { BrokerUnderTest.message($0, $1) })
            #expect(try await test.contents(of: test.left, "Test/A").ids == ["message-0", "message-2"])
            #expect(try await test.contents(of: test.right, "Test/B").ids == ["message-1", "message-2"])
        },
        BrokerCase("a message without a queue is returned, and its neighbors are confirmed") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let types = ["Test/A", "Unbound", "Test/A", "Unbound", "Test/B"]
            let outcomes = await test.broker.publish(
                types.enumerated().map { BrokerUnderTest.message($0, $1) }, to: test.exchange)
            #expect(outcomes.map(\.isReturned) == [false, true, false, true, false])
            #expect(outcomes.map { $0 == .confirmed } == [true, false, true, false, true])
        },
        BrokerCase("a missing exchange refuses, and the next publish works") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let outcomes = await test.broker.publish(BrokerUnderTest.messages(0..<3), to: test.prefix + "nowhere")
            #expect(outcomes.map(\.isRefused) == [true, true, true])
            try await test.publishAll(BrokerUnderTest.messages(3..<5))
            #expect(try await test.contents(of: test.left, "Test/A").ids == ["message-3", "message-4"])
        },
        BrokerCase("no messages have no outcomes") { test async throws in
            _ = try await test.broker.apply(test.topology)
            #expect(await test.broker.publish([], to: test.exchange).isEmpty)
        },
        BrokerCase("a thousand messages of one publish arrive in their order") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let messages = BrokerUnderTest.messages(0..<1000)
            try await test.publishAll(messages)
            #expect(try await test.contents(of: test.left, "Test/A").ids == messages.ids)
        },
        BrokerCase("messages of several publishes arrive in the order of the publishes") { test async throws in
            _ = try await test.broker.apply(test.topology)
            for number in 0..<20 { try await test.publishAll([BrokerUnderTest.message(number)]) }
            #expect(try await test.contents(of: test.left, "Test/A").ids == BrokerUnderTest.messages(0..<20).ids)
        },
        BrokerCase("the largest body arrives, a larger one is refused, and its neighbors are confirmed") {
            test async throws in
            _ = try await test.broker.apply(test.topology)
            func body(_ size: Int) -> [UInt8] {
                Array("{\"a\":\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: size - 8) + Array("\"}".utf8)
            }
            let largest = BrokerUnderTest.message(1, body: body(Message.maximumBodySize))
            let outcomes = await test.broker.publish(
                [
                    BrokerUnderTest.message(0), largest,
                    BrokerUnderTest.message(2, body: body(Message.maximumBodySize + 1)),
                    BrokerUnderTest.message(3),
                ], to: test.exchange)
            #expect(outcomes.map { $0 == .confirmed } == [true, true, false, true])
            #expect(outcomes[2].isRefused)
            let received = try await test.contents(of: test.left, "Test/A")
            #expect(received.ids == ["message-0", "message-1", "message-3"])
            #expect(received[1].message?.body.count == Message.maximumBodySize)
            #expect(received[1].message == largest)
        },
        BrokerCase("an envelope that does not fit is refused, and its neighbors are confirmed") { test async throws in
            _ = try await test.broker.apply(test.topology)
            let long = String(repeating: "x", count: 201)
            let changes: [@Sendable (inout Message) -> Void] = [
                { $0.id = "" }, { $0.id = long }, { $0.type = "" }, { $0.type = long }, { $0.replyTo = long },
                { $0.key = String(repeating: long, count: 5) }, { $0.key = "a\0b" },
            ]
            let messages = changes.enumerated().map { number, change in
                var message = BrokerUnderTest.message(number)
                change(&message)
                return message
            }
            let outcomes = await test.broker.publish(messages + [BrokerUnderTest.message(99)], to: test.exchange)
            #expect(outcomes.dropLast().allSatisfy { $0.isRefused })
            #expect(outcomes.last == .confirmed)
            #expect(try await test.contents(of: test.left, "Test/A").ids == ["message-99"])
        },
    ]
}

extension PublishOutcome {
    var isReturned: Bool {
        if case .returned = self { true } else { false }
    }

    var isRefused: Bool {
        if case .refused = self { true } else { false }
    }

    var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}
