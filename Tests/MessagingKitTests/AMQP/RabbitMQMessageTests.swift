import Foundation
import MessagingKit
import TestSupport
import Testing

extension RabbitMQTests {
    /// Topologies that differ, and deliveries that services did not send.
    @Suite struct Contents {
        @Test func `a queue and an exchange with other properties are named, and left as they are`() async throws {
            let fixture = try await Fixture()
            let test = fixture.test
            try await fixture.node.evaluate(
                """
                rabbit_exchange:declare(rabbit_misc:r(<<"/">>, exchange, <<"\(test.exchange)">>), fanout, true, false, \
                false, [], <<"test">>), \
                rabbit_amqqueue:declare(rabbit_misc:r(<<"/">>, queue, <<"\(test.left)">>), true, false, [], none, \
                <<"test">>).
                """)
            for differences in [
                try await test.broker.apply(test.topology), try await test.broker.differences(from: test.topology),
            ] {
                #expect(differences.map(\.kind) == [.otherProperties, .otherProperties])
                #expect(differences.map(\.name) == [test.exchange, test.left])
                #expect(differences.first?.detail?.contains("'type'") == true, "\(differences)")
                #expect(differences.last?.detail?.contains("x-queue-type") == true, "\(differences)")
            }
            let queues = try await fixture.node.control("list_queues name type")
            #expect(queues.contains("\(test.left)\tclassic") && queues.contains("\(test.right)\tquorum"))
            await test.broker.close()
        }

        /// Properties as Erlang writes them, and what is wrong with them.
        private static let good = """
            {message_id,<<"m">>},{type,<<"t">>},{correlation_id,<<"c">>},\
            {headers,[{<<"key">>,longstr,<<"k">>},{<<"time">>,long,1},{<<"schemaversion">>,long,1}]}
            """
        private static let malformed: [(change: (String, String), reason: String)] = [
            (("", ""), ""), (("{message_id,<<\"m\">>},", ""), "message_id is missing"),
            (("<<\"m\">>", "<<>>"), "the id is empty"), (("<<\"m\">>", "<<255>>"), "message_id is not UTF-8"),
            (("<<\"m\">>", "binary:copy(<<\"m\">>, 201)"), "the id is longer"),
            (("<<\"m\">>", "<<\"a\",0>>"), "the id contains a NUL"), (("{type,<<\"t\">>},", ""), "type is missing"),
            (("{correlation_id,<<\"c\">>},", ""), "correlation_id is missing"),
            (("{<<\"key\">>,longstr,<<\"k\">>},", ""), "key is missing"),
            (("longstr,<<\"k\">>", "long,7"), "key is not text"),
            (("<<\"k\">>", "binary:copy(<<\"k\">>, 5000)"), "key is not UTF-8 or longer"),
            (("<<\"time\">>,long,1", "<<\"time\">>,longstr,<<\"now\">>"), "time is not an integer"),
            (("{<<\"time\">>,long,1},", ""), "time is missing"),
            (("<<\"time\">>,long,1", "<<\"time\">>,long,9223372036854775807"), "time is missing or out of range"),
            (("<<\"schemaversion\">>,long,1", "<<\"x\">>,table,[{<<\"y\">>,array,[{long,1}]}]"), "schemaversion"),
            (("<<\"schemaversion\">>,long,1", "<<\"schemaversion\">>,long,-1"), "schemaversion"),
            (("<<\"schemaversion\">>,long,1", "<<\"schemaversion\">>,double,1.5"), "schemaversion"),
            ((",{headers,", ",{headers,[{<<\"noise\">>,void,undefined}]},{ignored,"), "key is missing"),
        ]

        @Test func `a delivery that services did not send is malformed, and its neighbors are not`() async throws {
            let fixture = try await Fixture()
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            let cases = Self.malformed.map { change, reason in
                (Self.good.replacingOccurrences(of: change.0.isEmpty ? "\0" : change.0, with: change.1), reason)
            }
            let bodies = cases.map { properties, _ in
                properties.contains("ignored")
                    ? "[{headers,[{<<\"noise\">>,void,undefined}]},{message_id,<<\"m\">>},"
                        + "{type,<<\"t\">>},{correlation_id,<<\"c\">>}]" : "[\(properties)]"
            }
            // One call for all: each starts a program.
            try await fixture.node.evaluate(
                """
                E = rabbit_misc:r(<<"/">>, exchange, <<>>), \
                [rabbit_basic:publish(rabbit_basic:delivery(false, false, \
                rabbit_basic:message(E, <<"\(test.left)">>, P, <<"{}">>), undefined)) || \
                P <- [\(bodies.joined(separator: ","))]].
                """)
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 100)
            let deliveries = try await test.collect(cases.count, from: subscription)
            for (delivery, (properties, reason)) in zip(deliveries, cases) {
                switch delivery.content {
                case .success(let message):
                    #expect(reason.isEmpty && message.id == "m" && message.schemaVersion == 1, "\(properties)")
                case .failure(let malformed):
                    #expect(!reason.isEmpty && malformed.reason.contains(reason), "\(properties): \(malformed)")
                    #expect(malformed.body == Array("{}".utf8))
                }
            }
            await test.broker.close()
        }

        @Test func `a body of ten megabytes is cut and does not stop the queue`() async throws {
            let fixture = try await Fixture()
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            try await fixture.node.evaluate(
                """
                rabbit_basic:publish(rabbit_basic:delivery(false, false, \
                rabbit_basic:message(rabbit_misc:r(<<"/">>, exchange, <<>>), <<"\(test.left)">>, [\(Self.good)], \
                binary:copy(<<"x">>, 10485760)), undefined)).
                """)
            try await test.publishAll([BrokerUnderTest.message(1)])
            let subscription = try await test.broker.subscribe(to: test.left, prefetch: 10)
            let deliveries = try await test.collect(2, from: subscription)
            guard case .failure(let malformed) = deliveries[0].content else {
                Issue.record("it is no message")
                return
            }
            #expect(malformed.id == "m" && malformed.body.count == Message.maximumBodySize)
            #expect(malformed.reason.contains("10485760"))
            #expect(deliveries[1].message?.id == "message-1")
            await test.broker.close()
        }

        @Test func `a correlation id that is too long for AMQP's property arrives`() async throws {
            let test = try await Fixture().test
            _ = try await test.broker.apply(test.topology)
            var message = BrokerUnderTest.message(1)
            message.correlationID = String(repeating: "ё", count: 500)
            try await test.publishAll([message])
            #expect(try await test.contents(of: test.left, "Test/A").first?.message == message)
            await test.broker.close()
        }

        @Test func `a full queue refuses its messages, and its neighbors are confirmed`() async throws {
            let fixture = try await Fixture()
            let test = fixture.test
            _ = try await test.broker.apply(test.topology)
            let limit = #"{"max-length":1,"overflow":"reject-publish"}"#
            try await fixture.node.control("set_policy full '^\(test.left)$' '\(limit)' --apply-to queues")
            var outcomes: [PublishOutcome] = []
            for number in 0..<50 {
                outcomes += await test.broker.publish(
                    [BrokerUnderTest.message(number), BrokerUnderTest.message(100 + number, "Test/B")],
                    to: test.exchange)
            }
            let (left, right) = (outcomes.indices.filter { $0 % 2 == 0 }, outcomes.indices.filter { $0 % 2 == 1 })
            let refused = PublishOutcome.refused(reason: "the broker could not take it (basic.nack)")
            #expect(left.contains { outcomes[$0] == refused })
            #expect(left.allSatisfy { outcomes[$0] == refused || outcomes[$0] == .confirmed })
            #expect(right.allSatisfy { outcomes[$0] == .confirmed })
            try await fixture.node.control("clear_policy full")
            await test.broker.close()
        }

        @Test func `a channel that is used again shows nothing of its last subscription`() async throws {
            let test = try await Fixture().test
            _ = try await test.broker.apply(test.topology)
            try await test.publishAll(BrokerUnderTest.messages(0..<300))
            try await test.publishAll(BrokerUnderTest.messages(300..<310, "Test/B"))
            for _ in 0..<20 {
                let busy = try await test.broker.subscribe(to: test.left, prefetch: 300)
                _ = try await test.collect(1, from: busy, acknowledges: false)
                // At once, so that what the first is still sent lies behind the answer to the second.
                async let end: Void = busy.cancel()
                let other = try await test.broker.subscribe(to: test.right, prefetch: 100)
                await end
                let deliveries = try await test.collect(10, from: other, acknowledges: false)
                #expect(deliveries.ids == BrokerUnderTest.messages(300..<310).ids)
                await other.cancel()
            }
            #expect(try await test.contents(of: test.left, "Test/A").ids == BrokerUnderTest.messages(0..<300).ids)
            await test.broker.close()
        }
    }
}
