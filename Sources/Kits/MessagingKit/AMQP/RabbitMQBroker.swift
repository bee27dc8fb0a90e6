package import LibraryKit

/// RabbitMQ through librabbitmq: a direct exchange, durable quorum queues, publisher confirms, and manual
/// acknowledgements.
///
/// One thread owns the connection that publishes and one that which consumes, as a broker that is short of memory stops
/// reading from publishers. The library is opened and the threads are started by the first use; a connection that was
/// lost is made again by the next call. Without TLS: it is for a trusted network.
package final class RabbitMQBroker: Broker {
    private let options: RabbitMQOptions
    private let threads: RabbitMQThreads

    package init(_ options: RabbitMQOptions) {
        self.options = options
        threads = RabbitMQThreads(options)
    }

    deinit { threads.close() }

    /// The version of the librabbitmq in use, such as `0.11.0`.
    package static func libraryVersion() throws(SharedLibraryError) -> String { try AMQPConnection.libraryVersion() }

    package var name: String { options.address.description }

    /// Makes what is missing. After it has made a queue it waits until a crash of the broker leaves the queue alone.
    package func apply(_ topology: Topology) async throws -> [TopologyDifference] {
        let (differences, madeQueue) = try await threads.withConnection { connection throws(BrokerError) in
            try RabbitMQTopology(topology, on: connection).apply()
        }
        if madeQueue { try await Task.sleep(for: .seconds(options.settlingSeconds)) }
        return differences
    }

    /// What is missing or differs; AMQP does not show bindings, so that a missing one is not found.
    package func differences(from topology: Topology) async throws -> [TopologyDifference] {
        try await threads.withConnection { connection throws(BrokerError) in
            try RabbitMQTopology(topology, on: connection).differences()
        }
    }

    /// Without what is delivered and not acknowledged.
    package func depths(of queues: [String]) async throws -> [String: Int] {
        try await threads.withConnection { connection throws(BrokerError) in
            try RabbitMQTopology(Topology(exchange: "", queues: []), on: connection).depths(of: queues)
        }
    }

    /// What the broker says that it can do: `publisher_confirms`, `connection.blocked`, `consumer_cancel_notify`.
    /// - Throws: ``BrokerError``.
    package func capabilities() async throws -> Set<String> {
        try await threads.withConnection { $0.capabilities }
    }

    /// Deletes the queues of a topology with their messages, and its exchange.
    /// - Throws: ``BrokerError``.
    package func remove(_ topology: Topology) async throws {
        try await threads.withConnection { connection throws(BrokerError) in
            let channel = AMQPChannel(connection: connection, number: 1)
            try channel.open()
            for queue in topology.queues { try channel.delete(queue: queue.name) }
            try channel.delete(exchange: topology.exchange)
        }
    }

    package func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome] {
        func unknown(_ error: BrokerError) -> [PublishOutcome] {
            Array(repeating: .unknown(reason: error.message), count: messages.count)
        }
        guard !messages.isEmpty else { return [] }
        do throws(BrokerError) {
            let commands = try threads.publisher()
            return await withCheckedContinuation { continuation in
                let command = PublishCommand(messages: messages, exchange: exchange, continuation: continuation)
                if !commands.post(command) { continuation.resume(returning: unknown(.closed)) }
            }
        } catch {
            return unknown(error)
        }
    }

    package func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription {
        let commands = try threads.consumer()
        let result = await withCheckedContinuation { continuation in
            if !commands.post(.subscribe(queue: queue, prefetch: prefetch, continuation)) {
                continuation.resume(returning: .failure(.closed))
            }
        }
        return RabbitMQSubscription(handle: try result.get(), commands: commands)
    }

    package func close() async {
        threads.close()
        await threads.join()
    }
}
