import QueueKit
import Synchronization
import WorldKit

/// A subscription of ``EmbeddedBroker``: a consumer with a lease.
final class EmbeddedSubscription: Subscription {
    let consumer: EmbeddedQueues.Consumer
    private let broker: EmbeddedBroker
    private let world: World
    private let prefetch: Int
    private let leaseSeconds: Double
    private let pollSeconds: Double
    private let isAlive: @Sendable (String) -> Bool
    private let signal = Signal()
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        var nextTag: UInt64 = 1
        /// The position of each delivery that is not acknowledged. A tag is used once; a position may come again.
        var held: [UInt64: Int64] = [:]
    }

    init(
        _ consumer: EmbeddedQueues.Consumer, of broker: EmbeddedBroker, _ world: World, prefetch: Int,
        leaseSeconds: Double, pollSeconds: Double, isAlive: @escaping @Sendable (String) -> Bool
    ) {
        self.consumer = consumer
        self.broker = broker
        self.world = world
        self.prefetch = prefetch
        self.leaseSeconds = leaseSeconds
        self.pollSeconds = pollSeconds
        self.isAlive = isAlive
    }

    func wake() { signal.notify() }

    func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery] {
        let deadline = world.now().advanced(bySeconds: seconds)
        do {
            while !Task.isCancelled {
                let deliveries = try await take(atMost: limit)
                let left = deadline.seconds(since: world.now())
                guard deliveries.isEmpty, left > 0 else { return deliveries }
                try await signal.wait { [world, pollSeconds] in try await world.sleep(min(pollSeconds, left)) }
            }
        } catch is CancellationError {}
        return []
    }

    private func take(atMost limit: Int) async throws -> [Delivery] {
        guard !state.withLock({ $0.isOver }) else { throw ended }
        let room = min(limit, prefetch - state.withLock { $0.held.count })
        let now = world.now()
        let taken: [(position: Int64, delivery: Delivery)]
        do {
            taken = try await broker.write(isSynced: false) { [consumer, leaseSeconds, isAlive] in
                try $0.take(consumer, limit: room, at: now, leaseSeconds: leaseSeconds, isAlive: isAlive)
            }
        } catch let loss as EmbeddedQueues.Loss {
            end()
            throw loss == .queueDeleted
                ? BrokerError(.canceled, "queue \(consumer.queue) was deleted")
                : BrokerError(.unreachable, "the lease on queue \(consumer.queue) expired")
        }
        return state.withLock { state in
            taken.map { position, delivery in
                var delivery = delivery
                delivery.tag = state.nextTag
                state.held[state.nextTag] = position
                state.nextTag += 1
                return delivery
            }
        }
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        let positions = try state.withLock { state in
            guard !state.isOver else { throw ended }
            return try deliveries.map { delivery in
                guard let position = state.held[delivery.tag] else {
                    throw BrokerError(.other, "delivery \(delivery.tag) is not one to be acknowledged")
                }
                return position
            }
        }
        let areOwn = try await uncanceled { [broker, consumer] in
            try await broker.write(isSynced: false) { try $0.acknowledge(positions, by: consumer) }
        }
        state.withLock { state in
            for delivery in deliveries { state.held[delivery.tag] = nil }
        }
        // There is room for more now.
        signal.notify()
        guard areOwn else {
            throw BrokerError(.unreachable, "deliveries of queue \(consumer.queue) were returned: the lease expired")
        }
    }

    func cancel() async {
        guard end() else { return }
        // If this fails, what is held returns when the lease expires.
        _ = try? await uncanceled { [broker, consumer] in
            try await broker.write(isLast: true) { try $0.remove(consumer.id) }
        }
        broker.wake([consumer.queue])
    }

    /// - Returns: false when it was over already.
    @discardableResult
    private func end() -> Bool {
        let isFirst = state.withLock { state in
            defer { state = State(isOver: true) }
            return !state.isOver
        }
        broker.forget(consumer)
        signal.notify()
        return isFirst
    }

    private var ended: BrokerError {
        broker.isClosed ? EmbeddedBroker.closed : BrokerError(.canceled, "the subscription has ended")
    }
}

/// Runs `body` to its end although the caller may be canceled.
func uncanceled<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task { try await body() }.value
}
