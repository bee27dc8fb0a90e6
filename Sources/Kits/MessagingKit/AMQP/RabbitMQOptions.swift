/// How a ``RabbitMQBroker`` connects and what it waits for.
package struct RabbitMQOptions: Sendable {
    package var address: AMQPAddress
    /// Sent to the broker and shown nowhere.
    package var password: String
    /// A silent broker counts as lost after two of these.
    package var heartbeatSeconds: Int
    /// For reaching the broker and logging in.
    package var connectTimeoutSeconds: Double
    /// For the answer to one request: a declaration, the start of a subscription.
    package var requestTimeoutSeconds: Double
    /// For a confirm; after it the outcome is unknown.
    package var confirmTimeoutSeconds: Double
    /// How many messages may be sent and not yet confirmed, and their bytes. A message larger than that goes alone.
    ///
    /// A broker that is short of memory stops reading; what fits into the buffers of the socket does not block the
    /// thread.
    package var maximumUnconfirmed: Int
    package var maximumUnconfirmedBytes: Int
    /// How long applying a topology waits after it has made a queue.
    ///
    /// A broker that crashes within a second of declaring a quorum queue loses what is in it, confirmed or not
    /// (rabbitmq-server#15725).
    package var settlingSeconds: Double

    package init(
        address: AMQPAddress, password: String, heartbeatSeconds: Int = 10, connectTimeoutSeconds: Double = 5,
        requestTimeoutSeconds: Double = 10, confirmTimeoutSeconds: Double = 30, maximumUnconfirmed: Int = 1000,
        maximumUnconfirmedBytes: Int = 64 << 10, settlingSeconds: Double = 2
    ) {
        self.address = address
        self.password = password
        self.heartbeatSeconds = min(max(heartbeatSeconds, 1), 3600)
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.requestTimeoutSeconds = requestTimeoutSeconds
        self.confirmTimeoutSeconds = confirmTimeoutSeconds
        self.maximumUnconfirmed = max(maximumUnconfirmed, 1)
        self.maximumUnconfirmedBytes = max(maximumUnconfirmedBytes, 1)
        self.settlingSeconds = settlingSeconds
    }
}

extension RabbitMQOptions: CustomReflectable, CustomStringConvertible {
    package var description: String { address.description }
    /// Without the password.
    package var customMirror: Mirror { Mirror(self, children: ["address": address]) }
}
