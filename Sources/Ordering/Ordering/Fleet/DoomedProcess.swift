package import MessagingKit
package import SQLKit
import Synchronization

/// A process that ends the moment one of its transactions is durable: nothing that it would do afterwards happens.
///
/// Its services work through the store and the broker that it hands out. Once it has ended, both refuse everything, so
/// that stores and queues are left as a kill at that moment leaves them: no acknowledgement, no record that a task is
/// done, leases and subscriptions held by a process that no longer lives.
package final class DoomedProcess: Sendable {
    private enum Stage: UInt8, AtomicRepresentable { case alive, ending, over }

    /// Ending: its last transaction has run and is not durable yet.
    private let stage = Atomic(Stage.alive)
    private let isLast: @Sendable (any SQLConnection) throws -> Bool

    /// - Parameter isLast: whether a transaction, whose changes the connection shows, is the last one.
    package init(endingAfter isLast: @escaping @Sendable (any SQLConnection) throws -> Bool) { self.isLast = isLast }

    /// Whether its last transaction is durable.
    package var isOver: Bool { stage.load(ordering: .acquiring) == .over }

    package func store(_ database: any SQLDatabase) -> any SQLDatabase { Store(database, of: self) }

    package func broker(_ broker: any Broker) -> any Broker { Connection(broker, of: self) }

    private struct Ended: Error {}

    private func live() throws { if stage.load(ordering: .acquiring) != .alive { throw Ended() } }

    private final class Store: SQLDatabase {
        private let database: any SQLDatabase
        private let process: DoomedProcess

        init(_ database: any SQLDatabase, of process: DoomedProcess) {
            self.database = database
            self.process = process
        }

        func read<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try process.live()
            return try await database.read(body)
        }

        func readImmediately<Value: Sendable>(
            _ body: @Sendable (any SQLConnection) throws -> Value
        ) throws -> Value? {
            try process.live()
            return try database.readImmediately(body)
        }

        func write<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try await write(isolation: .snapshot, isSynced: true, body)
        }

        func write<Value: Sendable>(
            isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            let mortal: @Sendable (any SQLConnection) throws -> (Value, Bool) = { [process] connection in
                // What waited for its turn while the process ended comes too late.
                try process.live()
                let value = try body(connection)
                let isLast = try process.isLast(connection)
                if isLast { process.stage.store(.ending, ordering: .releasing) }
                return (value, isLast)
            }
            let (value, isLast) = try await database.write(isolation: isolation, isSynced: isSynced, mortal)
            guard isLast else { return value }
            process.stage.store(.over, ordering: .releasing)
            throw Ended()
        }

        func close() async {}
    }

    private final class Connection: Broker {
        private let broker: any Broker
        private let process: DoomedProcess

        init(_ broker: any Broker, of process: DoomedProcess) {
            self.broker = broker
            self.process = process
        }

        var name: String { broker.name }

        func apply(_ topology: Topology) async throws -> [TopologyDifference] {
            try process.live()
            return try await broker.apply(topology)
        }

        func differences(from topology: Topology) async throws -> [TopologyDifference] {
            try process.live()
            return try await broker.differences(from: topology)
        }

        func depths(of queues: [String]) async throws -> [String: Int] {
            try process.live()
            return try await broker.depths(of: queues)
        }

        func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
            guard (try? process.live()) != nil else {
                return messages.map { _ in .unknown(reason: "the process has ended") }
            }
            return await broker.publish(messages, to: exchange)
        }

        func subscribe(to queue: String, prefetch: Int) async throws -> any MessagingKit.Subscription {
            try process.live()
            return Deliveries(try await broker.subscribe(to: queue, prefetch: prefetch), of: process)
        }

        func close() async {}
    }

    private struct Deliveries: MessagingKit.Subscription {
        let subscription: any MessagingKit.Subscription
        let process: DoomedProcess

        init(_ subscription: any MessagingKit.Subscription, of process: DoomedProcess) {
            self.subscription = subscription
            self.process = process
        }

        func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery] {
            try process.live()
            return try await subscription.receive(atMost: limit, withinSeconds: seconds)
        }

        /// A doomed process dies before it acknowledges anything.
        func acknowledge(_ deliveries: [Delivery]) async throws {
            try process.live()
        }

        func cancel() async { if (try? process.live()) != nil { await subscription.cancel() } }
    }
}
