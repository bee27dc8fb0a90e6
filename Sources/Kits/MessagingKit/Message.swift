package import WorldKit

/// A message between services, as it is kept in an outbox, on the wire and in an inbox.
///
/// The envelope maps one to one to CloudEvents 1.0 (`id`, `type`, `subject` for ``key``, `time`, and extensions).
package struct Message: Hashable, Sendable {
    /// Identifies the message across every repetition: derived from its sender, its cause and its number, so that a
    /// handler that runs again sends the same one.
    package var id: String
    /// What it says, `Billing/PaymentCreated`. It is also the routing key.
    package var type: String
    /// Messages with the same key take effect in the order in which they were sent.
    package var key: String
    /// Common to all messages of one request.
    package var correlationID: String
    /// The id of the message or request that caused it; nil for the first.
    package var causationID: String?
    /// The queue to answer to; nil when no answer is expected.
    package var replyTo: String?
    package var time: Instant
    /// W3C Trace Context, version 00; nil when there is none.
    package var traceParent: String?
    /// Of the body; receivers refuse versions that they do not know.
    package var schemaVersion: Int
    /// The media type of ``body``: ``jsonType``, or that of another format written in JSON.
    package var contentType: String
    /// A JSON object.
    package var body: [UInt8]

    package init(
        id: String, type: String, key: String, correlationID: String, causationID: String? = nil,
        replyTo: String? = nil, time: Instant, traceParent: String? = nil, schemaVersion: Int = 1,
        contentType: String = Message.jsonType, body: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.key = key
        self.correlationID = correlationID
        self.causationID = causationID
        self.replyTo = replyTo
        self.time = time
        self.traceParent = traceParent
        self.schemaVersion = schemaVersion
        self.contentType = contentType
        self.body = body
    }

    package static let jsonType = "application/json"
    /// The largest body that is sent or accepted, in bytes.
    package static let maximumBodySize = 1 << 20
    /// The longest ``id``, ``type``, ``replyTo`` and ``contentType``, in bytes of UTF-8; AMQP carries up to 255.
    package static let maximumNameSize = 200
    /// The longest of the other texts of the envelope, in bytes of UTF-8.
    package static let maximumTextSize = 1000

    /// Why no broker accepts it; nil when it is valid.
    package var defect: String? {
        if id.isEmpty { return "the id is empty" }
        if type.isEmpty { return "the type is empty" }
        if body.count > Self.maximumBodySize { return "the body is larger than \(Self.maximumBodySize) bytes" }
        return Self.defect("id", id, Self.maximumNameSize) ?? Self.defect("type", type, Self.maximumNameSize)
            ?? Self.defect("content type", contentType, Self.maximumNameSize)
            ?? Self.defect("replyTo", replyTo, Self.maximumNameSize) ?? Self.defect("key", key, Self.maximumTextSize)
            ?? Self.defect("correlationId", correlationID, Self.maximumTextSize)
            ?? Self.defect("causationId", causationID, Self.maximumTextSize)
            ?? Self.defect("traceparent", traceParent, Self.maximumTextSize)
    }

    private static func defect(_ name: String, _ text: String?, _ limit: Int) -> String? {
        guard let text else { return nil }
        if text.utf8.count > limit { return "the \(name) is longer than \(limit) bytes" }
        return text.utf8.contains(0) ? "the \(name) contains a NUL character" : nil
    }
}
