internal import CRabbitMQ

extension BrokerError {
    /// What the broker's reply code to a request means (AMQP 0-9-1, section 1.2).
    init(replyCode: UInt16, text: String) {
        let code: Code =
            switch replyCode {
            // CONNECTION_FORCED: the broker shuts down, or an operator has closed the connection.
            case 320: .unreachable
            // ACCESS_REFUSED; NOT_ALLOWED, for a virtual host.
            case 403, 530: .denied
            case 404: .missing
            // RESOURCE_LOCKED, PRECONDITION_FAILED.
            case 405, 406: .mismatch
            default: .other
            }
        self.init(code, text)
    }
}

extension String {
    /// Text of the broker; bytes that are not UTF-8 are replaced.
    init(_ bytes: amqp_bytes_t) {
        self.init(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension amqp_method_t {
    /// The method's fields, in the library's memory.
    func fields<Fields>(_ type: Fields.Type) -> Fields { decoded.assumingMemoryBound(to: type).pointee }
}

/// Calls `body` with the text in the library's form, valid during the call.
func withAMQPBytes<Result>(_ text: String, _ body: (amqp_bytes_t) -> Result) -> Result {
    var text = text
    return text.withUTF8 { utf8 in
        body(amqp_bytes_t(len: utf8.count, bytes: UnsafeMutableRawPointer(mutating: utf8.baseAddress)))
    }
}
