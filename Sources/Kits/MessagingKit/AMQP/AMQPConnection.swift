internal import CRabbitMQ
import Glibc
internal import LibraryKit

/// A connection to RabbitMQ. One thread uses it, and calls ``nextEvent()`` at least once a half heartbeat.
final class AMQPConnection {
    private static let library = SharedLibrary<RabbitMQFunctions>(
        [CRABBITMQ_LIBRARY], package: { _ in "librabbitmq4" }, nameAt: { crabbitmq_function_name($0) })

    let library: RabbitMQFunctions
    let handle: amqp_connection_state_t
    private let options: RabbitMQOptions
    /// Messages of which not all frames have arrived, by channel.
    private var contents: [UInt16: AMQPContent] = [:]
    /// The channel of the last frame, whose memory is released before the next is read.
    private var lastChannel: UInt16 = 0
    /// Set once the connection can be used no more.
    private(set) var loss: BrokerError?

    /// Connects and logs in.
    init(_ options: RabbitMQOptions) throws(BrokerError) {
        do throws(SharedLibraryError) {
            library = try Self.library.functions()
        } catch {
            throw BrokerError(.library, error.description)
        }
        guard let handle = library.amqp_new_connection() else { throw BrokerError(.other, "out of memory") }
        self.handle = handle
        self.options = options
        try open()
    }

    deinit { _ = library.amqp_destroy_connection(handle) }

    /// The version of the librabbitmq in use, such as `0.11.0`.
    static func libraryVersion() throws(SharedLibraryError) -> String {
        try library.functions().amqp_version().map { String(cString: $0) } ?? ""
    }

    /// What the broker has said that it can do, `connection.blocked` among others; empty when it said nothing.
    var capabilities: Set<String> {
        guard let properties = library.amqp_get_server_properties(handle)?.pointee else { return [] }
        return Set(
            UnsafeBufferPointer(start: properties.entries, count: Int(properties.num_entries)).filter {
                String($0.key) == "capabilities" && $0.value.kind == UInt8(AMQP_FIELD_KIND_TABLE.rawValue)
            }.flatMap { entry in
                let table = entry.value.value.table
                return UnsafeBufferPointer(start: table.entries, count: Int(table.num_entries)).filter {
                    $0.value.kind == UInt8(AMQP_FIELD_KIND_BOOLEAN.rawValue) && $0.value.value.boolean != 0
                }.map { String($0.key) }
            })
    }

    /// -1 once the connection is lost.
    var descriptor: Int32 { loss == nil ? library.amqp_get_sockfd(handle) : -1 }

    /// How long the thread may wait for the socket, in milliseconds.
    var pollMilliseconds: Int32 { Int32(options.heartbeatSeconds * 500) }

    /// Whether there is something to read that the socket no longer shows.
    var hasBufferedFrames: Bool {
        library.amqp_frames_enqueued(handle) != 0 || library.amqp_data_in_buffer(handle) != 0
    }

    private func open() throws(BrokerError) {
        let name = options.address.description
        let user = options.address.user
        // The library takes C strings, which would end early.
        guard
            ![user, options.password, options.address.host, options.address.virtualHost].contains(where: {
                $0.utf8.contains(0)
            })
        else { throw BrokerError(.denied, "user or password of \(name) contains a NUL character") }
        var handshake = timeval(seconds: options.connectTimeoutSeconds)
        var request = timeval(seconds: options.requestTimeoutSeconds)
        _ = library.amqp_set_handshake_timeout(handle, &handshake)
        _ = library.amqp_set_rpc_timeout(handle, &request)
        guard let socket = library.amqp_tcp_socket_new(handle) else { throw BrokerError(.other, "out of memory") }
        let status = library.amqp_socket_open_noblock(
            socket, options.address.host, Int32(options.address.port), &handshake)
        guard status == AMQP_STATUS_OK.rawValue else {
            throw lose(BrokerError(.unreachable, "cannot connect to \(name): \(text(of: status))"))
        }
        // A broker that stops reading in the middle of a large message would block the thread without limit: while the
        // library writes, it looks at no heartbeat.
        var patience = Int32(options.heartbeatSeconds * 2000)
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &patience, socklen_t(MemoryLayout<Int32>.size))
        let reply = withUnsafePointer(to: library) {
            crabbitmq_login(
                $0, handle, options.address.virtualHost, Int32(options.heartbeatSeconds), user, options.password)
        }
        do throws(BrokerError) {
            try check(reply, channel: 0)
        } catch {
            throw lose(BrokerError(error.code, "cannot log in to \(name): \(error.message)"))
        }
    }

    /// Throws what a reply says other than success. A channel that the broker has closed with it may be opened again.
    func check(_ reply: amqp_rpc_reply_t, channel: UInt16) throws(BrokerError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            if reply.reply.id == CRABBITMQ_CHANNEL_CLOSE { throw closed(channel, by: reply.reply) }
            throw closed(by: reply.reply)
        case AMQP_RESPONSE_LIBRARY_EXCEPTION: throw lost(reply.library_error)
        default: throw lose(BrokerError(.unreachable, "the broker has closed the connection"))
        }
    }

    /// Checks the last of the library's functions that return an answer or NULL.
    func check(_ answer: UnsafeMutableRawPointer?, channel: UInt16) throws(BrokerError) {
        if answer == nil { try check(library.amqp_get_rpc_reply(handle), channel: channel) }
    }

    /// Checks the status of a function that only sends.
    func check(status: Int32) throws(BrokerError) {
        if status < 0 { throw lost(status) }
    }

    /// The next event from the broker; nil when there is none for now.
    /// - Throws: when the connection is lost, also because the broker was silent for two heartbeats.
    func nextEvent() throws(BrokerError) -> (channel: UInt16, event: AMQPEvent)? {
        if let loss { throw loss }
        while true {
            library.amqp_maybe_release_buffers_on_channel(handle, lastChannel)
            var frame = amqp_frame_t()
            var none = timeval()
            let status = library.amqp_simple_wait_frame_noblock(handle, &frame, &none)
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            guard status == AMQP_STATUS_OK.rawValue else { throw lost(status) }
            lastChannel = frame.channel
            if let event = try event(in: frame) { return (frame.channel, event) }
        }
    }

    /// Delays writes to the socket until they fill a segment or this is called with false.
    ///
    /// The library sends each message in three writes and never combines messages. Small segments would cost both ends
    /// more than everything else.
    func setCorked(_ isCorked: Bool) {
        var value: Int32 = isCorked ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func event(in frame: amqp_frame_t) throws(BrokerError) -> AMQPEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try event(of: frame.payload.method, on: frame.channel)
        case AMQP_FRAME_HEADER:
            guard frame.payload.properties.class_id == UInt16(AMQP_BASIC_CLASS) else { return nil }
            let properties = frame.payload.properties
            let envelope = AMQPEnvelope(
                properties.decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee)
            return content(on: frame.channel) { $0.begin(envelope, bodySize: properties.body_size) }
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            return content(on: frame.channel) {
                $0.take(UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len))
            }
        default: return nil
        }
    }

    private func content(on channel: UInt16, _ add: (inout AMQPContent) -> Bool) -> AMQPEvent? {
        guard var content = contents.removeValue(forKey: channel) else { return nil }
        if add(&content) { return content.event }
        contents[channel] = content
        return nil
    }

    private func event(of method: amqp_method_t, on channel: UInt16) throws(BrokerError) -> AMQPEvent? {
        switch method.id {
        case CRABBITMQ_BASIC_ACK:
            let fields = method.fields(amqp_basic_ack_t.self)
            return .confirmed(tag: fields.delivery_tag, multiple: fields.multiple != 0)
        case CRABBITMQ_BASIC_NACK:
            let fields = method.fields(amqp_basic_nack_t.self)
            return .notConfirmed(tag: fields.delivery_tag, multiple: fields.multiple != 0)
        case CRABBITMQ_BASIC_DELIVER:
            let fields = method.fields(amqp_basic_deliver_t.self)
            contents[channel] = AMQPContent(
                .delivery(tag: fields.delivery_tag, isRedelivered: fields.redelivered != 0))
        case CRABBITMQ_BASIC_RETURN:
            let reason = String(method.fields(amqp_basic_return_t.self).reply_text)
            contents[channel] = AMQPContent(.returned(reason: reason))
        case CRABBITMQ_BASIC_CANCEL: return .consumerCanceled
        case CRABBITMQ_CHANNEL_CLOSE: return .channelClosed(closed(channel, by: method))
        case CRABBITMQ_CONNECTION_CLOSE: throw closed(by: method)
        case CRABBITMQ_CONNECTION_BLOCKED:
            return .blocked(reason: String(method.fields(amqp_connection_blocked_t.self).reason))
        case CRABBITMQ_CONNECTION_UNBLOCKED: return .unblocked
        default: break
        }
        return nil
    }

    /// Closes the connection in an orderly way, if it is still open.
    func close() {
        guard loss == nil else { return }
        _ = library.amqp_connection_close(handle, AMQP_REPLY_SUCCESS)
        loss = BrokerError(.closed, "the connection was closed")
    }

    private func closed(_ channel: UInt16, by method: amqp_method_t) -> BrokerError {
        let fields = method.fields(amqp_channel_close_t.self)
        let error = BrokerError(replyCode: fields.reply_code, text: String(fields.reply_text))
        contents[channel] = nil
        var answer = amqp_channel_close_ok_t()
        // The broker ignores the channel until then.
        let status = library.amqp_send_method(handle, channel, CRABBITMQ_CHANNEL_CLOSE_OK, &answer)
        return status < 0 ? lost(status) : error
    }

    private func closed(by method: amqp_method_t) -> BrokerError {
        let fields = method.fields(amqp_connection_close_t.self)
        let error = BrokerError(replyCode: fields.reply_code, text: String(fields.reply_text))
        var answer = amqp_connection_close_ok_t()
        _ = library.amqp_send_method(handle, 0, CRABBITMQ_CONNECTION_CLOSE_OK, &answer)
        return lose(error)
    }

    private func lost(_ status: Int32) -> BrokerError {
        lose(BrokerError(.unreachable, "the connection to the broker was lost: \(text(of: status))"))
    }

    private func lose(_ error: BrokerError) -> BrokerError {
        loss = loss ?? error
        return error
    }

    private func text(of status: Int32) -> String {
        library.amqp_error_string2(status).map { String(cString: $0) } ?? "error \(status)"
    }
}

extension timeval {
    /// At least a millisecond and at most a day.
    fileprivate init(seconds: Double) {
        let microseconds = Int(min(max(seconds.isNaN ? 0 : seconds, 0.001), 86_400) * 1_000_000)
        self.init(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000)
    }
}
