import MessagingKit
import Synchronization

/// A broker that counts confirmed publishes and deliveries, and tells whether deliveries are unacknowledged.
final class MeteredBroker: Broker {
    private let broker: any Broker
    private let traffic: Traffic
    /// Delivered and not acknowledged.
    private let held = Mutex(0)

    init(_ broker: any Broker, _ traffic: Traffic) {
        self.broker = broker
        self.traffic = traffic
    }

    var name: String { broker.name }
    var isHolding: Bool { held.withLock { $0 } > 0 }

    func apply(_ topology: Topology) async throws -> [TopologyDifference] { try await broker.apply(topology) }

    func differences(from topology: Topology) async throws -> [TopologyDifference] {
        try await broker.differences(from: topology)
    }

    func depths(of queues: [String]) async throws -> [String: Int] { try await broker.depths(of: queues) }

    func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        let outcomes = await broker.publish(messages, to: exchange)
        traffic.count(
            \.publishes, zip(messages, outcomes).filter { $0.1 == .confirmed }.map(\.0.correlationID))
        return outcomes
    }

    func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        MeteredSubscription(try await broker.subscribe(to: queue, prefetch: prefetch), of: self)
    }

    func close() async { await broker.close() }

    fileprivate func received(_ deliveries: [Delivery]) {
        held.withLock { $0 += deliveries.count }
        traffic.count(\.deliveries, deliveries.compactMap { try? $0.content.get().correlationID })
    }

    fileprivate func released(_ count: Int) { held.withLock { $0 -= count } }
}

private final class MeteredSubscription: Subscription {
    private let subscription: any Subscription
    private let broker: MeteredBroker
    private let held = Mutex(0)

    init(_ subscription: any Subscription, of broker: MeteredBroker) {
        self.subscription = subscription
        self.broker = broker
    }

    func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery] {
        let deliveries = try await subscription.receive(atMost: limit, withinSeconds: seconds)
        held.withLock { $0 += deliveries.count }
        broker.received(deliveries)
        return deliveries
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        try await subscription.acknowledge(deliveries)
        release(deliveries.count)
    }

    func cancel() async {
        await subscription.cancel()
        // Unacknowledged deliveries return to the queue.
        release(.max)
    }

    private func release(_ limit: Int) {
        let count = held.withLock { held in
            let count = min(held, limit)
            held -= count
            return count
        }
        broker.released(count)
    }
}
