internal import CRabbitMQ

/// Requests on one channel of a connection, each of which waits for its answer.
struct AMQPChannel {
    let connection: AMQPConnection
    let number: UInt16

    private var library: RabbitMQFunctions { connection.library }
    private var handle: amqp_connection_state_t { connection.handle }
    private static var nothing: amqp_table_t { amqp_table_t(num_entries: 0, entries: nil) }

    /// Opens the channel; it must not be open.
    func open() throws(BrokerError) { try check(library.amqp_channel_open(handle, number)) }

    func close() throws(BrokerError) {
        try connection.check(library.amqp_channel_close(handle, number, AMQP_REPLY_SUCCESS), channel: number)
    }

    /// Confirms of publishes from now on; the first has tag 1.
    func confirm() throws(BrokerError) { try check(library.amqp_confirm_select(handle, number)) }

    /// Declares a durable exchange that routes by the exact key, or with `passively` only asks whether it exists.
    func declare(exchange: String, passively: Bool = false) throws(BrokerError) {
        try check(
            withAMQPBytes(exchange) { name in
                withAMQPBytes("direct") {
                    library.amqp_exchange_declare(
                        handle, number, name, $0, passively ? 1 : 0, 1, 0, 0, Self.nothing)
                }
            })
    }

    /// Declares a quorum queue, or with `passively` only asks whether a queue of that name exists.
    /// - Returns: how many messages wait in it.
    @discardableResult
    func declare(queue: String, passively: Bool = false) throws(BrokerError) -> Int {
        let answer = withAMQPBytes(queue) { name in
            withAMQPBytes("x-queue-type") { key in
                withAMQPBytes("quorum") { value in
                    var entry = amqp_table_entry_t()
                    entry.key = key
                    entry.value.kind = UInt8(AMQP_FIELD_KIND_UTF8.rawValue)
                    entry.value.value.bytes = value
                    return withUnsafeMutablePointer(to: &entry) { entry in
                        let arguments = passively ? Self.nothing : amqp_table_t(num_entries: 1, entries: entry)
                        return library.amqp_queue_declare(
                            handle, number, name, passively ? 1 : 0, 1, 0, 0, arguments)
                    }
                }
            }
        }
        try check(answer)
        return answer.map { Int($0.pointee.message_count) } ?? 0
    }

    /// Deletes a queue with its messages, or does nothing when it does not exist.
    func delete(queue: String) throws(BrokerError) {
        try check(withAMQPBytes(queue) { library.amqp_queue_delete(handle, number, $0, 0, 0) })
    }

    /// Deletes an exchange, or does nothing when it does not exist.
    func delete(exchange: String) throws(BrokerError) {
        try check(withAMQPBytes(exchange) { library.amqp_exchange_delete(handle, number, $0, 0) })
    }

    func bind(queue: String, to exchange: String, key: String) throws(BrokerError) {
        try check(
            withAMQPBytes(queue) { queue in
                withAMQPBytes(exchange) { exchange in
                    withAMQPBytes(key) {
                        library.amqp_queue_bind(handle, number, queue, exchange, $0, Self.nothing)
                    }
                }
            })
    }

    /// Starts to consume a queue.
    /// - Returns: the consumer's tag.
    func consume(queue: String, prefetch: Int) throws(BrokerError) -> String {
        try check(library.amqp_basic_qos(handle, number, 0, UInt16(clamping: max(prefetch, 1)), 0))
        let answer = withAMQPBytes(queue) {
            library.amqp_basic_consume(
                handle, number, $0, amqp_bytes_t(len: 0, bytes: nil), 0, 0, 0, Self.nothing)
        }
        try check(answer)
        return answer.map { String($0.pointee.consumer_tag) } ?? ""
    }

    /// Waits until the broker sends the consumer nothing more.
    func cancel(consumer: String) throws(BrokerError) {
        try check(withAMQPBytes(consumer) { library.amqp_basic_cancel(handle, number, $0) })
    }

    func acknowledge(_ acknowledgements: [Acknowledgement]) throws(BrokerError) {
        for each in acknowledgements {
            try connection.check(
                status: library.amqp_basic_ack(handle, number, each.tag, each.isForAllUpTo ? 1 : 0))
        }
    }

    /// Sends a message that must reach a queue.
    func publish(_ publication: AMQPPublication) throws(BrokerError) {
        try connection.check(
            status: publication.withFields { exchange, key, properties, body in
                library.amqp_basic_publish(handle, number, exchange, key, 1, 0, properties, body)
            })
    }

    private func check<Answer>(_ answer: UnsafeMutablePointer<Answer>?) throws(BrokerError) {
        try connection.check(UnsafeMutableRawPointer(answer), channel: number)
    }
}
