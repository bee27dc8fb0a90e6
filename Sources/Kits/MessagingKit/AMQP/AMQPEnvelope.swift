internal import CRabbitMQ
internal import WorldKit

/// The properties and headers of a message that came from a broker, as far as messages between services use them.
///
/// Anyone with access to the broker can send messages: a field of the wrong type, too long or not UTF-8 makes a
/// delivery malformed.
struct AMQPEnvelope {
    /// Bytes of AMQP's short strings, in which properties and names are sent.
    static let maximumShortText = 255
    static let keyHeader = "key"
    static let causationHeader = "causationid"
    /// Where a correlation id goes that is too long for AMQP's property.
    static let correlationHeader = "correlationid"
    static let traceHeader = "traceparent"
    static let versionHeader = "schemaversion"
    /// Microseconds since 1970; AMQP's own timestamp has seconds.
    static let timeHeader = "time"

    private static let textHeaders = [keyHeader, causationHeader, correlationHeader, traceHeader]

    private var texts: [String: String] = [:]
    private var numbers: [String: Int64] = [:]
    private var malformed: String?

    init() {}

    init(_ properties: amqp_basic_properties_t) {
        func take(_ flag: Int32, _ name: String, _ bytes: amqp_bytes_t) {
            if properties._flags & UInt32(bitPattern: flag) != 0 { add(name, bytes) }
        }
        take(AMQP_BASIC_CONTENT_TYPE_FLAG, "content_type", properties.content_type)
        take(AMQP_BASIC_MESSAGE_ID_FLAG, "message_id", properties.message_id)
        take(AMQP_BASIC_TYPE_FLAG, "type", properties.type)
        take(AMQP_BASIC_CORRELATION_ID_FLAG, "correlation_id", properties.correlation_id)
        take(AMQP_BASIC_REPLY_TO_FLAG, "reply_to", properties.reply_to)
        guard properties._flags & UInt32(bitPattern: AMQP_BASIC_HEADERS_FLAG) != 0 else { return }
        let headers = UnsafeBufferPointer(
            start: properties.headers.entries, count: Int(properties.headers.num_entries))
        for header in headers {
            switch String(header.key) {
            case let name where Self.textHeaders.contains(name):
                if header.value.kind == UInt8(AMQP_FIELD_KIND_UTF8.rawValue) {
                    add(name == Self.correlationHeader ? "correlation_id" : name, header.value.value.bytes)
                } else {
                    malformed = malformed ?? "\(name) is not text"
                }
            case let name where [Self.versionHeader, Self.timeHeader].contains(name):
                numbers[name] = Self.integer(header.value)
                if numbers[name] == nil { malformed = malformed ?? "\(name) is not an integer" }
            default: break
            }
        }
    }

    var id: String? { texts["message_id"] }

    /// The message; what it lacks otherwise.
    func content(body: [UInt8], size: UInt64) -> Result<Message, MalformedMessage> {
        func refuse(_ reason: String) -> Result<Message, MalformedMessage> {
            .failure(MalformedMessage(id: id, type: texts["type"], reason: reason, body: body))
        }
        if let malformed { return refuse(malformed) }
        if size > UInt64(body.count) {
            return refuse("the body has \(size) bytes, more than \(Message.maximumBodySize)")
        }
        for name in ["message_id", "type", "correlation_id", Self.keyHeader] where texts[name] == nil {
            return refuse("\(name) is missing")
        }
        guard let time = numbers[Self.timeHeader], Instant.microsecondRange.contains(time) else {
            return refuse("time is missing or out of range")
        }
        guard let version = numbers[Self.versionHeader], (1...Int64(Int32.max)).contains(version) else {
            return refuse("schemaversion is missing or out of range")
        }
        let message = Message(
            id: id ?? "", type: texts["type"] ?? "", key: texts[Self.keyHeader] ?? "",
            correlationID: texts["correlation_id"] ?? "", causationID: texts[Self.causationHeader],
            replyTo: texts["reply_to"], time: Instant(microseconds: time), traceParent: texts[Self.traceHeader],
            schemaVersion: Int(version), contentType: texts["content_type"] ?? Message.jsonType, body: body)
        return message.defect.map(refuse) ?? .success(message)
    }

    private mutating func add(_ name: String, _ bytes: amqp_bytes_t) {
        let buffer = UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len)
        if buffer.count <= Message.maximumTextSize, let text = String(validating: buffer, as: UTF8.self) {
            texts[name] = text
        } else {
            malformed = malformed ?? "\(name) is not UTF-8 or longer than \(Message.maximumTextSize) bytes"
        }
    }

    private static func integer(_ field: amqp_field_value_t) -> Int64? {
        switch UInt32(field.kind) {
        case AMQP_FIELD_KIND_I8.rawValue: Int64(field.value.i8)
        case AMQP_FIELD_KIND_U8.rawValue: Int64(field.value.u8)
        case AMQP_FIELD_KIND_I16.rawValue: Int64(field.value.i16)
        case AMQP_FIELD_KIND_U16.rawValue: Int64(field.value.u16)
        case AMQP_FIELD_KIND_I32.rawValue: Int64(field.value.i32)
        case AMQP_FIELD_KIND_U32.rawValue: Int64(field.value.u32)
        case AMQP_FIELD_KIND_I64.rawValue: field.value.i64
        case AMQP_FIELD_KIND_U64.rawValue: Int64(exactly: field.value.u64)
        default: nil
        }
    }
}
