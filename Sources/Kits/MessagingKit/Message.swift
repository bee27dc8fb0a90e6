package import WorldKit

/// A message between services, as it is kept in an outbox, on the wire and in an inbox.
///
/// The envelope maps one to one to CloudEvents 1.0 (`id`, `type`, `subject` for ``key``, `time`, and extensions).
package struct Message: Hashable, Sendable {
    /// Identifies the message across every repetition: derived from its sender, its cause and its number, so that a
    /// handler that runs again sends the same one. At most 200 characters.
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
    /// A JSON object.
    package var body: [UInt8]

    package init(
        id: String, type: String, key: String, correlationID: String, causationID: String? = nil,
        replyTo: String? = nil, time: Instant, traceParent: String? = nil, schemaVersion: Int = 1, body: [UInt8]
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
        self.body = body
    }

    /// The largest body that is sent or accepted, in bytes.
    package static let maximumBodySize = 1 << 20
}
