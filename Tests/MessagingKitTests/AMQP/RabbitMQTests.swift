import Foundation
import MessagingKit
import TestSupport
import Testing
import WorldKit

/// Everything that needs a RabbitMQ; one test after the other, since some of them kill or freeze the node.
@Suite(.serialized) struct RabbitMQTests {
    /// Everything a test needs: the node, a broker and names of its own.
    struct Fixture {
        let node: RabbitMQNode
        let address: AMQPAddress
        let test: BrokerUnderTest

        init(_ change: @Sendable (inout RabbitMQOptions) -> Void = { _ in }) async throws {
            let node = try await RabbitMQNode.shared
            let address = try AMQPAddress(node.url)
            var options = RabbitMQOptions(address: address, password: RabbitMQNode.password, settlingSeconds: 0)
            change(&options)
            self.node = node
            self.address = address
            test = BrokerUnderTest(
                broker: RabbitMQBroker(options), connect: { [options] in RabbitMQBroker(options) },
                deleteQueue: { try await node.control("delete_queue \($0)") },
                deliverMalformed: { body, queue in
                    try await Self.deliver(body, "[]", to: queue, of: node)
                },
                prefix: "t-\(UUID().uuidString.prefix(8))-")
        }

        /// Publishes to a queue from inside the node, with properties as Erlang writes them.
        static func deliver(
            _ body: [UInt8], _ properties: String, to queue: String, of node: RabbitMQNode
        ) async throws {
            let bytes = body.map(String.init).joined(separator: ",")
            try await node.evaluate(
                """
                E = rabbit_misc:r(<<"/">>, exchange, <<>>), \
                rabbit_basic:publish(rabbit_basic:delivery(false, false, \
                rabbit_basic:message(E, <<"\(queue)">>, \(properties), <<\(bytes)>>), undefined)).
                """)
        }
    }

    @Test(arguments: BrokerSuite.cases) func `it keeps the promises of a broker`(promise: BrokerCase) async throws {
        let test = try await Fixture().test
        try await promise.run(test)
        await test.broker.close()
    }
}
