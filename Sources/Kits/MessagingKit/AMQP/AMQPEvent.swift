/// A notification from the broker.
enum AMQPEvent {
    /// Publishes are durable: that with the tag, or all up to it.
    case confirmed(tag: UInt64, multiple: Bool)
    case notConfirmed(tag: UInt64, multiple: Bool)
    /// A publish reached no queue; its confirm follows.
    case returned(id: String?, reason: String)
    case delivered(Delivery)
    /// The broker has ended the consumer of the channel.
    case consumerCanceled
    /// The broker has closed the channel; the close is acknowledged already.
    case channelClosed(BrokerError)
    /// The broker reads no more publishes.
    case blocked(reason: String)
    case unblocked
}

/// A message that arrives in several frames.
struct AMQPContent {
    enum Purpose {
        case delivery(tag: UInt64, isRedelivered: Bool)
        case returned(reason: String)
    }

    let purpose: Purpose
    private var envelope: AMQPEnvelope?
    private var missingBytes: UInt64 = 0
    private var size: UInt64 = 0
    private var body: [UInt8] = []

    init(_ purpose: Purpose) { self.purpose = purpose }

    /// - Returns: whether the message is complete.
    mutating func begin(_ envelope: AMQPEnvelope, bodySize: UInt64) -> Bool {
        self.envelope = envelope
        (size, missingBytes) = (bodySize, bodySize)
        body.reserveCapacity(Int(clamping: min(bodySize, UInt64(Message.maximumBodySize))))
        return bodySize == 0
    }

    /// Keeps as much of the body as a message may have.
    /// - Returns: whether the message is complete.
    mutating func take(_ fragment: UnsafeRawBufferPointer) -> Bool {
        body.append(contentsOf: fragment.prefix(Message.maximumBodySize - body.count))
        missingBytes -= min(missingBytes, UInt64(fragment.count))
        return missingBytes == 0
    }

    var event: AMQPEvent {
        switch purpose {
        case .returned(let reason): return .returned(id: envelope?.id, reason: reason)
        case .delivery(let tag, let isRedelivered):
            let content = (envelope ?? AMQPEnvelope()).content(body: body, size: size)
            return .delivered(Delivery(content: content, tag: tag, isRedelivered: isRedelivered))
        }
    }
}
