/// Compares a topology with a broker and completes it, over a connection of its own.
///
/// AMQP has no question for bindings: they are made again each time, which changes nothing where they exist, and a
/// message that lacks one is returned to its publisher.
struct RabbitMQTopology {
    private let channel: AMQPChannel
    private let topology: Topology

    init(_ topology: Topology, on connection: AMQPConnection) throws(BrokerError) {
        channel = AMQPChannel(connection: connection, number: 1)
        self.topology = topology
        try channel.open()
    }

    /// What is missing or differs, as far as AMQP shows it.
    func differences() throws(BrokerError) -> [TopologyDifference] {
        var differences: [TopologyDifference] = []
        if try !exists(exchange: topology.exchange) {
            differences.append(TopologyDifference(.missingExchange, topology.exchange))
        } else if let detail = try mismatch({ channel throws(BrokerError) in
            try channel.declare(exchange: topology.exchange)
        }) {
            differences.append(TopologyDifference(.otherProperties, topology.exchange, detail))
        }
        for queue in topology.queues {
            if try !exists(queue: queue.name) {
                differences.append(TopologyDifference(.missingQueue, queue.name))
            } else if let detail = try mismatch({ channel throws(BrokerError) in
                try channel.declare(queue: queue.name)
            }) {
                differences.append(TopologyDifference(.otherProperties, queue.name, detail))
            }
        }
        return differences
    }

    /// Makes what is missing.
    /// - Returns: what differs, and whether a queue was made.
    func apply() throws(BrokerError) -> (differences: [TopologyDifference], madeQueue: Bool) {
        var differences: [TopologyDifference] = []
        var madeQueue = false
        if let detail = try mismatch({ channel throws(BrokerError) in
            try channel.declare(exchange: topology.exchange)
        }) {
            differences.append(TopologyDifference(.otherProperties, topology.exchange, detail))
        }
        for queue in topology.queues {
            if try !exists(queue: queue.name) { madeQueue = true }
            if let detail = try mismatch({ channel throws(BrokerError) in
                try channel.declare(queue: queue.name)
            }) {
                differences.append(TopologyDifference(.otherProperties, queue.name, detail))
            }
            for type in queue.types {
                try channel.bind(queue: queue.name, to: topology.exchange, key: type)
            }
        }
        return (differences, madeQueue)
    }

    /// How many messages wait in each queue that exists.
    func depths(of queues: [String]) throws(BrokerError) -> [String: Int] {
        var depths: [String: Int] = [:]
        for queue in queues {
            _ = try failure(with: .missing) { channel throws(BrokerError) in
                depths[queue] = try channel.declare(queue: queue, passively: true)
            }
        }
        return depths
    }

    private func exists(exchange: String) throws(BrokerError) -> Bool {
        try !fails(with: .missing) { channel throws(BrokerError) in
            try channel.declare(exchange: exchange, passively: true)
        }
    }

    private func exists(queue: String) throws(BrokerError) -> Bool {
        try !fails(with: .missing) { channel throws(BrokerError) in
            try channel.declare(queue: queue, passively: true)
        }
    }

    private func fails(
        with code: BrokerError.Code, _ body: (AMQPChannel) throws(BrokerError) -> Void
    ) throws(BrokerError) -> Bool {
        try failure(with: code, body) != nil
    }

    /// Declares what exists: the broker answers with what differs, or does nothing.
    private func mismatch(_ declare: (AMQPChannel) throws(BrokerError) -> Void) throws(BrokerError) -> String? {
        try failure(with: .mismatch, declare)?.message
    }

    /// The error of that code, after which the channel is open again; any other is thrown.
    private func failure(
        with code: BrokerError.Code, _ body: (AMQPChannel) throws(BrokerError) -> Void
    ) throws(BrokerError) -> BrokerError? {
        do throws(BrokerError) {
            try body(channel)
            return nil
        } catch {
            guard error.code == code, channel.connection.loss == nil else { throw error }
            try channel.open()
            return error
        }
    }
}
