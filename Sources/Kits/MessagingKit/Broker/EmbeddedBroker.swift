package import QueueKit
package import SQLKit
import Synchronization
package import WorldKit

/// A broker without a server: its queues are tables of a SQL database, which several processes may share.
///
/// A publish is one transaction, so confirmed messages are as durable as the database. Deliveries and acknowledgments
/// are not synced: if a power failure undoes one, the message is delivered again. Receivers in the same process are
/// woken immediately; those in other processes poll.
package final class EmbeddedBroker: Broker {
    package let name = "embedded"
    private let database: any SQLDatabase
    private let world: World
    private let processes: Processes
    private let leaseSeconds: Double
    private let pollSeconds: Double
    private let state = Mutex(State())

    private struct State {
        var isClosed = false
        var subscriptions: [String: EmbeddedSubscription] = [:]
    }

    /// - Parameters:
    ///   - database: has ``EmbeddedQueues/tables``; the broker does not close it.
    ///   - processes: identifies dead receivers before their leases expire.
    ///   - leaseSeconds: a subscription that was not used for this long loses what it holds.
    ///   - pollSeconds: how often a waiting subscription looks for what other processes published.
    package init(
        _ database: any SQLDatabase, _ world: World, _ processes: Processes, leaseSeconds: Double = 30,
        pollSeconds: Double = 0.25
    ) {
        self.database = database
        self.world = world
        self.processes = processes
        self.leaseSeconds = leaseSeconds
        self.pollSeconds = pollSeconds
    }

    package func apply(_ topology: Topology) async throws -> [TopologyDifference] {
        try await write { try $0.apply(topology) }
        return []
    }

    package func differences(from topology: Topology) async throws -> [TopologyDifference] {
        try await read { try $0.differences(from: topology) }
    }

    /// How many messages each queue has, those included that are delivered and not acknowledged.
    /// - Throws: ``BrokerError``.
    package func depths() async throws -> [String: Int] { try await read { try $0.depths() } }

    package func depths(of queues: [String]) async throws -> [String: Int] {
        try await depths().filter { queues.contains($0.key) }
    }

    /// Removes a queue with its bindings and messages; its subscriptions are canceled.
    /// - Throws: ``BrokerError``.
    package func deleteQueue(_ queue: String) async throws {
        try await write { try $0.deleteQueue(queue) }
        wake([queue])
    }

    package func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        do {
            let (outcomes, queues) = try await write { try $0.publish(messages, to: exchange) }
            wake(queues)
            return outcomes
        } catch {
            let reason = (error as? BrokerError)?.message ?? "\(error)"
            return messages.map { _ in .unknown(reason: reason) }
        }
    }

    package func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        let consumer = EmbeddedQueues.Consumer(id: world.newID(), queue: queue, holder: processes.own)
        let expiry = world.now().advanced(bySeconds: leaseSeconds)
        guard try await write({ try $0.add(consumer, until: expiry) }) else {
            throw BrokerError(.missing, "queue \(queue) not found")
        }
        let subscription = EmbeddedSubscription(
            consumer, of: self, world, prefetch: max(1, prefetch), leaseSeconds: leaseSeconds, pollSeconds: pollSeconds,
            isAlive: processes.isAlive)
        let isClosed = state.withLock { state in
            state.subscriptions[consumer.id] = subscription
            return state.isClosed
        }
        if isClosed {
            await subscription.cancel()
            throw Self.closed
        }
        return subscription
    }

    /// Cancels all subscriptions. The database stays open.
    package func close() async {
        let subscriptions = state.withLock { state in
            state.isClosed = true
            return Array(state.subscriptions.values)
        }
        for subscription in subscriptions { await subscription.cancel() }
    }

    // MARK: For subscriptions

    static let closed = BrokerError(.closed, "the broker was closed")

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func forget(_ consumer: EmbeddedQueues.Consumer) {
        _ = state.withLock { $0.subscriptions.removeValue(forKey: consumer.id) }
    }

    /// Wakes the subscriptions of some queues.
    func wake(_ queues: Set<String>) {
        let woken = state.withLock { $0.subscriptions.values.filter { queues.contains($0.consumer.queue) } }
        for subscription in woken { subscription.wake() }
    }

    /// - Parameter isLast: whether it is also possible once the broker is closed.
    @discardableResult
    func write<Value: Sendable>(
        isLast: Bool = false, isSynced: Bool = true,
        _ body: @escaping @Sendable (EmbeddedQueues) throws -> Value
    ) async throws -> Value {
        guard isLast || !isClosed else { throw Self.closed }
        return try await Self.explaining { [database] in
            try await SQLRetry.run {
                let body: @Sendable (any SQLConnection) throws -> Value = { try body(EmbeddedQueues($0)) }
                return try await database.write(isolation: .snapshot, isSynced: isSynced, body)
            }
        }
    }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (EmbeddedQueues) throws -> Value
    ) async throws -> Value {
        guard !isClosed else { throw Self.closed }
        return try await Self.explaining { [database] in try await database.read { try body(EmbeddedQueues($0)) } }
    }

    private static func explaining<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as SQLError {
            switch error.code {
            case .diskFull: throw BrokerError(.blocked, error.message)
            case .readOnly: throw BrokerError(.denied, error.message)
            case .locked, .unreachable, .outcomeUnknown, .conflict, .busy, .timedOut:
                throw BrokerError(.unreachable, error.message)
            default: throw BrokerError(.other, error.message)
            }
        }
    }
}
