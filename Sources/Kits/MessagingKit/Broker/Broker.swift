/// Carries messages from outboxes to queues, at least once. It does not remember what was handled: inboxes do.
///
/// Every implementation passes the same tests. What a broker cannot guarantee is an outcome to handle, never assumed.
package protocol Broker: Sendable {
    /// For logs and messages; it contains no password.
    var name: String { get }

    /// Creates the missing parts of the topology, and leaves existing ones unchanged.
    /// - Returns: the differences that creating missing parts cannot resolve.
    /// - Throws: ``BrokerError``.
    func apply(_ topology: Topology) async throws -> [TopologyDifference]

    /// Compares the broker with a topology, without changing anything.
    /// - Throws: ``BrokerError``.
    func differences(from topology: Topology) async throws -> [TopologyDifference]

    /// The number of messages in each of these queues; queues that do not exist are left out.
    ///
    /// Whether it includes messages that are delivered but not acknowledged depends on the broker.
    /// - Throws: ``BrokerError``.
    func depths(of queues: [String]) async throws -> [String: Int]

    /// Publishes messages and waits until each has an outcome.
    ///
    /// Messages of one call are published in order.
    /// - Returns: one outcome per message, in the same order.
    func publish(_ messages: [Message], to exchange: String) async -> [PublishOutcome]

    /// Starts to receive the messages of a queue.
    /// - Parameter prefetch: how many may be delivered and not acknowledged at the same time.
    /// - Throws: ``BrokerError``.
    func subscribe(to queue: String, prefetch: Int) async throws -> any Subscription

    /// Completes what is in progress and releases the connections; later calls fail with `closed`.
    func close() async
}

/// The outcome of publishing one message.
package enum PublishOutcome: Hashable, Sendable {
    /// The broker has stored it durably in at least one queue.
    case confirmed
    /// It reached no queue.
    case returned(reason: String)
    /// The broker rejects it.
    case refused(reason: String)
    /// It may or may not have arrived: it must be sent again under the same id.
    case unknown(reason: String)
    /// Unknown as well, but for this message only: the broker works and has not confirmed this one. Its queue may have
    /// no leader.
    case unconfirmed(reason: String)
}

/// An active subscription to one queue.
package protocol Subscription: Sendable {
    /// Waits for deliveries; one call at a time.
    /// - Returns: at least one, at most `limit`; none when `seconds` have passed or the caller was canceled.
    /// - Throws: ``BrokerError``, `canceled` when the queue has vanished, `unreachable` when the connection is lost;
    ///   the subscription is over then.
    func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery]

    /// Acknowledges deliveries that are durable elsewhere.
    /// - Throws: ``BrokerError`` when the connection is lost; they are delivered again.
    func acknowledge(_ deliveries: [Delivery]) async throws

    /// Stops receiving; what is not acknowledged returns to the queue. Acknowledgements sent before it are processed.
    func cancel() async
}

/// One delivery of a message.
package struct Delivery: Sendable {
    /// The message, or why the delivery could not be read as one.
    package var content: Result<Message, MalformedMessage>
    /// Identifies the delivery within its subscription.
    package var tag: UInt64
    /// Whether it may have been delivered before.
    package var isRedelivered: Bool

    package init(content: Result<Message, MalformedMessage>, tag: UInt64, isRedelivered: Bool) {
        self.content = content
        self.tag = tag
        self.isRedelivered = isRedelivered
    }
}

/// A delivery that is not a valid message.
package struct MalformedMessage: Error, Hashable, Sendable {
    /// As far as it can be read.
    package var id: String?
    package var type: String?
    package var reason: String
    /// The received body, truncated to ``Message/maximumBodySize`` bytes.
    package var body: [UInt8]

    package init(id: String?, type: String?, reason: String, body: [UInt8]) {
        self.id = id
        self.type = type
        self.reason = reason
        self.body = body
    }
}

/// An error of a broker: a code to branch on and a message to show. It contains no password.
package struct BrokerError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// No connection, or it was lost.
        case unreachable
        /// Wrong user or password, or no permission.
        case denied
        /// An exchange or a queue exists with other properties.
        case mismatch
        /// A queue or an exchange does not exist.
        case missing
        /// The broker has stopped the subscription, for example because the queue was deleted.
        case canceled
        /// The broker accepts nothing for now: it is short of memory or disk space.
        case blocked
        /// ``Broker/close()`` was called.
        case closed
        /// The client library is missing.
        case library
        case other
    }

    package var code: Code
    package var message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
