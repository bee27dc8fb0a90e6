/// The exchanges and queues that a system of services needs.
package struct Topology: Hashable, Sendable {
    /// A durable queue and the types of messages that it receives.
    package struct Queue: Hashable, Sendable {
        package var name: String
        /// The routing keys, each a message type.
        package var types: [String]

        package init(name: String, types: [String]) {
            self.name = name
            self.types = types
        }
    }

    /// A durable exchange that routes by the exact type.
    package var exchange: String
    package var queues: [Queue]

    package init(exchange: String, queues: [Queue]) {
        self.exchange = exchange
        self.queues = queues
    }
}

/// One way in which a broker differs from a topology.
package struct TopologyDifference: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case missingExchange = "missing_exchange"
        case missingQueue = "missing_queue"
        case missingBinding = "missing_binding"
        /// It exists with other properties.
        case otherProperties = "other_properties"
    }

    package var kind: Kind
    /// The exchange or the queue.
    package var name: String
    /// The routing key of a missing binding, or the property that differs.
    package var detail: String?

    package init(_ kind: Kind, _ name: String, _ detail: String? = nil) {
        self.kind = kind
        self.name = name
        self.detail = detail
    }
}

extension TopologyDifference {
    /// For people: `queue ordering.billing does not exist`.
    package var words: String {
        switch kind {
        case .missingExchange: "exchange \(name) does not exist"
        case .missingQueue: "queue \(name) does not exist"
        case .missingBinding: "queue \(name) is not bound to \(detail ?? "")"
        case .otherProperties: "\(name) exists with other properties\(detail.map { ": \($0)" } ?? "")"
        }
    }
}
