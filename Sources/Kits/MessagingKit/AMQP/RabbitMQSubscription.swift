/// A consumer of a queue of RabbitMQ.
struct RabbitMQSubscription: Subscription {
    let handle: ConsumerHandle
    let commands: CommandQueue<ConsumerCommand>

    func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery] {
        try await handle.inbox.receive(atMost: limit, withinSeconds: seconds)
    }

    func acknowledge(_ deliveries: [Delivery]) async throws {
        guard !deliveries.isEmpty else { return }
        let error = await withCheckedContinuation { continuation in
            if !commands.post(.acknowledge(handle, deliveries.map(\.tag), continuation)) {
                continuation.resume(returning: .closed)
            }
        }
        if let error { throw error }
    }

    func cancel() async {
        await withCheckedContinuation { continuation in
            if !commands.post(.cancel(handle, continuation)) { continuation.resume() }
        }
    }
}

extension BrokerError {
    static let closed = BrokerError(.closed, "the connection to the broker was closed")
}
