package import MessagingKit

/// A broker whose exchanges and queues have names of their own, so that they meet no others on the same broker.
package struct PrefixedBroker: Broker {
    private let broker: any Broker
    private let prefix: String

    package init(_ broker: any Broker, prefix: String) {
        self.broker = broker
        self.prefix = prefix
    }

    package var name: String { broker.name }

    /// A topology as the broker knows it.
    package static func topology(_ topology: Topology, prefix: String) -> Topology {
        Topology(
            exchange: prefix + topology.exchange,
            queues: topology.queues.map { .init(name: prefix + $0.name, types: $0.types) })
    }

    package func apply(_ topology: Topology) async throws -> [TopologyDifference] {
        try await broker.apply(Self.topology(topology, prefix: prefix))
    }

    package func differences(from topology: Topology) async throws -> [TopologyDifference] {
        try await broker.differences(from: Self.topology(topology, prefix: prefix))
    }

    package func depths(of queues: [String]) async throws -> [String: Int] {
        let depths = try await broker.depths(of: queues.map { prefix + $0 })
        return Dictionary(
            depths.map { (String($0.key.dropFirst(prefix.count)), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    package func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        await broker.publish(messages, to: prefix + exchange)
    }

    package func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        try await broker.subscribe(to: prefix + queue, prefetch: prefetch)
    }

    package func close() async { await broker.close() }
}
