package import QueueKit
import SQLKit
package import WorldKit

/// Takes the messages of a queue into an ``Inbox``, and acknowledges them once they are durable there.
///
/// Lost connections, missing queues and failures of the store are retried with backoff.
package struct Receiver: Sendable {
    private let broker: any Broker
    private let queue: String
    private let inbox: Inbox
    private let store: TaskStore
    private let world: World

    /// How many deliveries are staged in one transaction.
    package var batch = 100
    /// How many deliveries may be unacknowledged.
    package var prefetch = 500
    /// The longest single wait for deliveries.
    package var waitSeconds = 5.0
    /// The queue with its bindings, created before each subscription: a broker that comes back may have lost them. Nil
    /// when another process creates them.
    package var topology: Topology?
    /// Pauses after failures.
    package var backoff = RetryPolicy(
        polls: 0, periodSeconds: 0, baseSeconds: 0.1, capSeconds: 5, jitter: 0.5, maxAttempts: .max)
    package var report: @Sendable (Event) async -> Void = { _ in }

    package enum Event: Sendable {
        /// It receives, from now on or again.
        case subscribed
        /// How many deliveries were staged and acknowledged, and how many of those were refused.
        case received(Int, refused: Int)
        /// It does not receive until it is `subscribed` again.
        case failed(any Error)
    }

    package init(
        _ broker: any Broker, queue: String, _ inbox: Inbox, _ store: TaskStore, _ world: World
    ) {
        self.broker = broker
        self.queue = queue
        self.inbox = inbox
        self.store = store
        self.world = world
    }

    /// Receives until the task is canceled; what has arrived by then is staged and acknowledged, or returns.
    package func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let subscription = try await subscribe()
                do {
                    try await receive(from: subscription) { failures = 0 }
                    await cancel(subscription)
                } catch {
                    await cancel(subscription)
                    throw error
                }
            } catch is CancellationError {
                return
            } catch {
                guard !Task.isCancelled else { return }
                await report(.failed(error))
                failures += 1
                let random = Double(world.randomBytes(1).first ?? 0) / 255
                let pause = backoff.delay(attempts: failures, polls: 0, isNotYet: false, random: random)
                try? await world.sleep(pause ?? backoff.capSeconds)
            }
        }
    }

    /// Receives until nothing has arrived for `idleSeconds`.
    /// - Returns: how many deliveries were staged and acknowledged, and how many of those were refused.
    /// - Throws: `BrokerError`, `SQLError`: nothing is tried again.
    package func drain(idleSeconds: Double) async throws -> (received: Int, refused: Int) {
        let subscription = try await subscribe()
        var total = (received: 0, refused: 0)
        do {
            while !Task.isCancelled {
                let deliveries = try await subscription.receive(atMost: batch, withinSeconds: idleSeconds)
                if deliveries.isEmpty { break }
                total.refused += try await take(deliveries, from: subscription)
                total.received += deliveries.count
            }
            await cancel(subscription)
            return total
        } catch {
            await cancel(subscription)
            throw error
        }
    }

    private func subscribe() async throws -> any Subscription {
        if let topology { _ = try await broker.apply(topology) }
        return try await broker.subscribe(to: queue, prefetch: prefetch)
    }

    /// - Parameter succeeded: called once something was received, and so the failures are over.
    private func receive(from subscription: any Subscription, _ succeeded: () -> Void) async throws {
        await report(.subscribed)
        var deliveries: [Delivery] = []
        while !Task.isCancelled {
            // The next ones are taken while these are staged.
            async let next = subscription.receive(atMost: batch, withinSeconds: waitSeconds)
            if !deliveries.isEmpty {
                let refused = try await take(deliveries, from: subscription)
                succeeded()
                await report(.received(deliveries.count, refused: refused))
            }
            deliveries = try await next
        }
    }

    /// Makes deliveries durable and acknowledges them, whether the caller is canceled or not.
    /// - Returns: how many were refused.
    private func take(_ deliveries: [Delivery], from subscription: any Subscription) async throws -> Int {
        try await uncanceled { [self] in
            let refused = try await stage(deliveries)
            try await subscription.acknowledge(deliveries)
            return refused
        }
    }

    private func stage(_ deliveries: [Delivery]) async throws -> Int {
        let now = world.now()
        return try await store.write(isolation: .statement) { [inbox] in try inbox.stage(deliveries, in: $0, at: now) }
    }

    private func cancel(_ subscription: any Subscription) async {
        _ = try? await uncanceled { await subscription.cancel() }
    }
}
