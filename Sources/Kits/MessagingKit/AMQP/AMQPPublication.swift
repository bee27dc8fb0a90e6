internal import CRabbitMQ
internal import WorldKit

/// A message as it is handed to the library.
struct AMQPPublication {
    let message: Message
    let exchange: String

    /// Why no broker takes it; nil when it can be sent. Librabbitmq finds a part of this only when half of the message
    /// is sent.
    var obstacle: String? {
        exchange.utf8.count > AMQPEnvelope.maximumShortText
            ? "the exchange's name is longer than \(AMQPEnvelope.maximumShortText) bytes" : message.defect
    }

    /// The exchange and type, which determine the queues that it reaches.
    var route: MessageRoute { MessageRoute(exchange: exchange, type: message.type) }

    /// Bytes on the wire, about.
    var size: Int {
        var size = 200 + message.body.count + message.id.utf8.count + 2 * message.type.utf8.count
        size += message.key.utf8.count + message.correlationID.utf8.count + exchange.utf8.count
        size += (message.causationID?.utf8.count ?? 0) + (message.replyTo?.utf8.count ?? 0)
        return size + (message.traceParent?.utf8.count ?? 0)
    }

    /// Calls `body` with exchange, routing key, properties and the message's body, valid during the call.
    func withFields<Result>(
        _ body: (amqp_bytes_t, amqp_bytes_t, UnsafePointer<amqp_basic_properties_t>, amqp_bytes_t) -> Result
    ) -> Result {
        var writer = AMQPTextWriter()
        let exchange = writer.add(exchange)
        let type = writer.add(message.type)
        let id = writer.add(message.id)
        let isShort = message.correlationID.utf8.count <= AMQPEnvelope.maximumShortText
        let correlationID = isShort ? writer.add(message.correlationID) : nil
        let replyTo = message.replyTo.map { writer.add($0) }
        let contentType = writer.add(message.contentType)
        let texts = [
            (AMQPEnvelope.keyHeader, message.key), (AMQPEnvelope.causationHeader, message.causationID),
            (AMQPEnvelope.traceHeader, message.traceParent),
            (AMQPEnvelope.correlationHeader, isShort ? nil : message.correlationID),
        ].compactMap { name, value in value.map { (writer.add(name), writer.add($0)) } }
        let numbers = [
            (AMQPEnvelope.versionHeader, Int64(message.schemaVersion)),
            (AMQPEnvelope.timeHeader, message.time.microseconds),
        ].map { name, value in (writer.add(name), value) }

        return writer.withTexts { text in
            var headers: [amqp_table_entry_t] = []
            for (name, value) in texts {
                var field = amqp_field_value_t()
                field.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                field.value.bytes = text(value)
                headers.append(amqp_table_entry_t(key: text(name), value: field))
            }
            for (name, value) in numbers {
                var field = amqp_field_value_t()
                field.kind = UInt8(AMQP_FIELD_KIND_I64.rawValue)
                field.value.i64 = value
                headers.append(amqp_table_entry_t(key: text(name), value: field))
            }
            var properties = amqp_basic_properties_t()
            var flags =
                AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG
                | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_HEADERS_FLAG
            properties.content_type = text(contentType)
            properties.delivery_mode = UInt8(AMQP_DELIVERY_PERSISTENT.rawValue)
            properties.message_id = text(id)
            properties.type = text(type)
            properties.timestamp = UInt64(clamping: message.time.microseconds / 1_000_000)
            if let correlationID {
                flags |= AMQP_BASIC_CORRELATION_ID_FLAG
                properties.correlation_id = text(correlationID)
            }
            if let replyTo {
                flags |= AMQP_BASIC_REPLY_TO_FLAG
                properties.reply_to = text(replyTo)
            }
            properties._flags = UInt32(bitPattern: flags)
            return headers.withUnsafeMutableBufferPointer { headers in
                properties.headers = amqp_table_t(num_entries: Int32(headers.count), entries: headers.baseAddress)
                return message.body.withUnsafeBytes { bytes in
                    let content = amqp_bytes_t(
                        len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
                    return body(text(exchange), text(type), &properties, content)
                }
            }
        }
    }
}

/// Collects texts in one piece of memory, so that their addresses are valid at the same time.
private struct AMQPTextWriter {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(512) }

    mutating func add(_ text: String) -> Range<Int> {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return start..<bytes.count
    }

    mutating func withTexts<Result>(_ body: ((Range<Int>) -> amqp_bytes_t) -> Result) -> Result {
        bytes.withUnsafeMutableBytes { memory in
            body { range in amqp_bytes_t(len: range.count, bytes: memory.baseAddress.map { $0 + range.lowerBound }) }
        }
    }
}
