package import MessagingKit
import Synchronization

/// A broker that can be stopped and started again under services that go on.
///
/// While it is stopped, it cannot be reached; its subscriptions are over, and what they held returns to the queues.
package final class RestartableBroker: Broker {
    private let make: @Sendable () -> any Broker
    private let running: Mutex<(any Broker)?>
    package let name: String

    /// - Parameter make: opens it, on the same queues each time.
    package init(_ make: @escaping @Sendable () -> any Broker) {
        self.make = make
        let broker = make()
        name = broker.name
        running = Mutex(broker)
    }

    package func stop() async {
        let broker = running.withLock { running in
            defer { running = nil }
            return running
        }
        await broker?.close()
    }

    package func start() { running.withLock { if $0 == nil { $0 = make() } } }

    private static let stopped = BrokerError(.unreachable, "the broker is stopped")

    private func broker() throws -> any Broker {
        guard let broker = running.withLock({ $0 }) else { throw Self.stopped }
        return broker
    }

    package func apply(_ topology: Topology) async throws -> [TopologyDifference] {
        try await broker().apply(topology)
    }

    package func differences(from topology: Topology) async throws -> [TopologyDifference] {
        try await broker().differences(from: topology)
    }

    package func depths(of queues: [String]) async throws -> [String: Int] { try await broker().depths(of: queues) }

    package func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        guard let broker = try? broker() else {
            return messages.map { _ in .unknown(reason: Self.stopped.message) }
        }
        return await broker.publish(messages, to: exchange)
    }

    package func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        try await broker().subscribe(to: queue, prefetch: prefetch)
    }

    /// Several runtimes share it, and each closes its broker at its end: only ``stop()`` ends it.
    package func close() async {}
}
