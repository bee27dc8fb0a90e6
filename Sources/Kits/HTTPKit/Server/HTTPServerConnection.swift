internal import CEpoll
import Glibc

/// One connection; confined to the thread of its loop.
///
/// A request is read, handled and answered before the next one on the same connection is read.
final class HTTPServerConnection {
    let descriptor: Int32
    /// Unique among the connections of a loop, past ones included.
    let number: UInt64
    let place: HTTPServerCore.Place
    let peer: PeerAddress
    /// When this connection is closed, in nanoseconds of the monotonic clock.
    private(set) var deadline: UInt64
    /// When it began waiting for a request; nil while handling one.
    private(set) var waitsSince: UInt64?
    private unowned let loop: HTTPServerLoop
    private let core: HTTPServerCore
    private var phase = HTTPConnectionPhase.head
    private var events = CEPOLL_READABLE
    /// Bytes received and not yet parsed.
    private var input: [UInt8] = []
    private var head = HTTPHeadReader()
    private var body = HTTPBodyReader(length: 0)
    /// Memory reserved for the body, in bytes.
    private var bodyMemory = 0
    private var isHeadRequest = false
    private var isLastRequest = false
    /// Whether a streamed body is framed; otherwise it ends with the connection.
    private var isChunked = true
    /// Whether the client may still be sending after the last response.
    private var lingers = false
    private var output = HTTPOutput()
    /// Whether the client of a stream has sent nothing since.
    private var isClientSilent = true
    private var task: Task<Void, Never>?

    private static let lingerSeconds = 5.0

    init(
        descriptor: Int32, number: UInt64, place: HTTPServerCore.Place, peer: PeerAddress, loop: HTTPServerLoop,
        core: HTTPServerCore
    ) {
        self.descriptor = descriptor
        self.number = number
        self.place = place
        self.peer = peer
        self.loop = loop
        self.core = core
        waitsSince = loop.now
        deadline = loop.deadline(in: core.limits.headTimeoutSeconds)
    }

    // MARK: Events

    func ready(_ happened: UInt32) {
        if happened & CEPOLL_WRITABLE != 0 {
            switch phase {
            case .answering:
                flush()
                continueReading()
            case .streaming:
                flush()
                updateInterest()
            case .head, .admission, .body, .handling, .discarding, .closed: break
            }
        }
        if happened & CEPOLL_BROKEN != 0, !phase.isReading { return close() }
        if happened & (CEPOLL_READABLE | CEPOLL_BROKEN) != 0 {
            if phase.isReading { return receive() }
            if case .streaming = phase { checkClient() } else { watch(for: 0) }
        }
    }

    func receive(_ message: HTTPServerMailbox.Message) {
        switch (message, phase) {
        case (.admission(let refusal), .admission(let request, let head)):
            if let refusal { refuse(refusal) } else { readBody(of: request, head) }
            continueReading()
        case (.answer(let answer), .handling):
            task = nil
            respond(answer, isLast: isLastRequest)
            continueReading()
        case (.piece(let piece), .streaming):
            output.append(isChunked ? HTTPResponseWriter.chunk(piece) : piece)
            deadline = loop.deadline(in: core.limits.answerTimeoutSeconds)
            flush()
            updateInterest()
        case (.streamEnded(let isComplete), .streaming):
            guard isComplete else { return close() }
            endBody()
            continueReading()
        default: break
        }
    }

    /// Ends what is streamed, because the server stops. What was written is still sent.
    func endStream() { if case .streaming = phase { task?.cancel() } }

    /// Whether the server can close it immediately when it stops.
    var isIdle: Bool { if case .head = phase { !head.hasBegun } else { false } }

    /// Abandons the current request; a running handler continues, but its response is dropped.
    func close(cancelingTask: Bool = false) {
        switch phase {
        case .closed: return
        case .head, .discarding: break
        // The running task reports its end.
        case .handling: break
        case .admission, .body, .answering: core.requestEnded()
        case .streaming(let stream):
            core.requestEnded()
            stream.end()
            task?.cancel()
        }
        if cancelingTask { task?.cancel() }
        dropBody()
        phase = .closed
        loop.forget(self)
        Glibc.close(descriptor)
        core.leave(place, peer.network)
    }

    // MARK: Receiving

    private func receive() {
        let buffer = loop.buffer
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        guard count > 0 else {
            if count < 0, errno == EAGAIN || errno == EINTR { return }
            return close()
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if input.isEmpty {
            let count = read(bytes)
            input.append(contentsOf: bytes[count...])
        } else {
            input.append(contentsOf: bytes)
            continueReading()
        }
        updateInterest()
    }

    /// Continues with bytes received earlier.
    private func continueReading() {
        if !input.isEmpty {
            let waiting = input
            input = []
            let count = waiting.withUnsafeBytes { read($0) }
            input = count == 0 ? waiting : Array(waiting[count...])
        }
        updateInterest()
    }

    /// Input that arrives while a request is handled stays in the socket buffer.
    private func updateInterest() {
        switch phase {
        case .head, .body, .discarding: watch(for: CEPOLL_READABLE)
        case .answering: watch(for: CEPOLL_WRITABLE)
        case .streaming:
            watch(for: (isClientSilent ? CEPOLL_READABLE : 0) | (output.isEmpty ? 0 : CEPOLL_WRITABLE))
        case .admission, .handling, .closed: break
        }
    }

    /// Notices that the client of a stream has closed its end. A next request that it has sent already is left alone
    /// until the stream is over.
    private func checkClient() {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK))
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return close() }
        if count > 0 { isClientSilent = false }
        updateInterest()
    }

    private func watch(for wanted: UInt32) {
        guard wanted != events else { return }
        events = wanted
        _ = cepoll_change(loop.epoll, descriptor, wanted, number)
    }

    /// - Returns: the number of bytes consumed.
    private func read(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        while count < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
            switch phase {
            case .head:
                let step = readHead(rest)
                if step == 0 { return count }
                count += step
            case .body(let request): count += readBody(rest[...], of: request)
            case .discarding, .closed: return bytes.count
            case .admission, .handling, .streaming, .answering: return count
            }
        }
        return count
    }

    // MARK: The head

    private func readHead(_ bytes: UnsafeRawBufferPointer) -> Int {
        let hadBegun = head.hasBegun
        do throws(HTTPFailure) {
            let step = try head.read(bytes, maximum: core.limits.maximumHeaderBytes)
            if head.hasBegun, !hadBegun { deadline = loop.deadline(in: core.limits.headTimeoutSeconds) }
            if let head = step.head { try begin(head, bytes.count - step.size) }
            return step.size
        } catch {
            core.requestBegan()
            refuse(error)
            return bytes.count
        }
    }

    /// - Parameter available: the number of bytes available after the head.
    private func begin(_ head: HTTPRequestHead, _ available: Int) throws(HTTPFailure) {
        let request = try HTTPServerRequest(
            method: head.method, target: head.target, headers: head.headers, remoteAddress: peer.text,
            maximumQueryItems: core.limits.maximumQueryItems)
        if case .length(let length) = head.body, length > core.limits.maximumBodyBytes { throw .bodyTooLarge }
        if place == .reserved { guard core.handlers.isReserved(request) else { throw .busy } }
        core.requestBegan()
        waitsSince = nil
        deadline = loop.deadline(in: core.limits.bodyTimeoutSeconds)
        isHeadRequest = head.method == "HEAD"
        isLastRequest = head.isLast || place == .reserved
        isChunked = head.isVersion11
        switch head.body {
        case .none: handle(request)
        case .length(let length) where length <= available: readBody(of: request, head)
        case .length, .chunked: admit(request, head)
        }
    }

    /// Authorization is checked before any of the body is buffered.
    private func admit(_ request: HTTPServerRequest, _ head: HTTPRequestHead) {
        switch core.handlers.admit?(request) ?? .granted {
        case .granted: readBody(of: request, head)
        case .refused(let answer): refuse(answer)
        case .later(let decide):
            phase = .admission(request, head)
            task = Task { [loop = loop.mailbox, number] in loop.post(number, .admission(await decide())) }
        }
    }

    // MARK: The body

    private func readBody(of request: HTTPServerRequest, _ head: HTTPRequestHead) {
        switch head.body {
        case .none: return handle(request)
        case .length(let length): body = HTTPBodyReader(length: length)
        case .chunked: body = HTTPBodyReader(length: nil)
        }
        phase = .body(request)
        if head.expectsContinue, input.isEmpty {
            let leave = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
            // Fits into an empty socket buffer; otherwise the client sends the body anyway after a while.
            _ = leave.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
    }

    private func readBody(_ bytes: Slice<UnsafeRawBufferPointer>, of request: HTTPServerRequest) -> Int {
        do throws(HTTPFailure) {
            let count = try body.read(bytes, maximum: core.limits.maximumBodyBytes)
            guard core.takeMemory(body.bytes.count - bodyMemory) else { throw .busy }
            bodyMemory = body.bytes.count
            if body.isDone {
                var whole = request
                whole.body = body.bytes
                handle(whole)
            }
            return count
        } catch {
            refuse(error)
            return bytes.count
        }
    }

    private func dropBody() {
        core.releaseMemory(bodyMemory)
        (body, bodyMemory) = (HTTPBodyReader(length: 0), 0)
    }

    // MARK: The answer

    private func handle(_ request: HTTPServerRequest) {
        if let answer = core.handlers.immediate?(request) { return respond(answer, isLast: isLastRequest) }
        phase = .handling
        deadline = .max
        // The handler now owns the memory.
        let memory = bodyMemory
        (body, bodyMemory) = (HTTPBodyReader(length: 0), 0)
        task = Task { [core, loop = loop.mailbox, number] in
            let answer = await core.handlers.handle(request)
            core.releaseMemory(memory)
            loop.post(number, .answer(answer))
        }
    }

    private func refuse(_ failure: HTTPFailure) {
        var response = failure.response
        if failure.status == 503 { response.headers.add("Retry-After", "1") }
        refuse(.response(response))
    }

    /// Anything received after this is ignored.
    private func refuse(_ answer: HTTPServerAnswer) {
        waitsSince = nil
        input = []
        respond(answer, isLast: true, isRefusal: true)
    }

    private func respond(_ answer: HTTPServerAnswer, isLast: Bool, isRefusal: Bool = false) {
        dropBody()
        var isLast = isLast || core.isStopping
        var bytes: [UInt8]?
        lingers = isRefusal
        switch answer {
        case .reset:
            phase = .answering(isLast: true)
            return close()
        case .response(let response): bytes = loop.writer.bytes(response, isHead: isHeadRequest, isLast: isLast)
        case .stream(let response, let body):
            bytes = loop.writer.bytes(
                response, isHead: isHeadRequest, isLast: isLast, stream: isChunked ? .chunked : .untilClose)
            if let bytes, !isHeadRequest { return startStream(bytes, body) }
        case .truncated(let response, let sentBytes):
            isLast = isLast || sentBytes < response.body.count
            bytes = loop.writer.bytes(response, isHead: isHeadRequest, isLast: isLast, sentBytes: sentBytes)
        }
        if bytes == nil {
            let failure = HTTPFailure(status: 500, code: "internal", message: "the server produced an invalid response")
            isLast = true
            bytes = loop.writer.bytes(failure.response, isHead: isHeadRequest, isLast: true)
        }
        phase = .answering(isLast: isLast)
        output.append(bytes ?? [])
        deadline = loop.deadline(in: core.limits.answerTimeoutSeconds)
        flush()
    }

    // MARK: Streams

    private func startStream(_ head: [UInt8], _ body: @escaping HTTPStreamBody) {
        let stream = HTTPStream(loop.mailbox, connection: number)
        phase = .streaming(stream)
        isClientSilent = true
        output.append(head)
        deadline = loop.deadline(in: core.limits.answerTimeoutSeconds)
        task = stream.begin(body)
        if core.isStopping { task?.cancel() }
        flush()
        updateInterest()
    }

    private func endBody() {
        task = nil
        if isChunked { output.append(HTTPResponseWriter.chunk([])) }
        phase = .answering(isLast: isLastRequest || core.isStopping)
        deadline = loop.deadline(in: core.limits.answerTimeoutSeconds)
        flush()
    }

    private func flush() {
        switch output.flush(to: descriptor) {
        case .sent: answered()
        case .blocked: break
        case .broken: close()
        }
    }

    private func answered() {
        if case .streaming(let stream) = phase {
            deadline = .max
            return stream.sent()
        }
        guard case .answering(let isLast) = phase else { return }
        guard isLast else {
            core.requestEnded()
            phase = .head
            isHeadRequest = false
            waitsSince = loop.now
            deadline = loop.deadline(in: core.limits.idleTimeoutSeconds)
            return
        }
        guard lingers || !input.isEmpty else { return close() }
        core.requestEnded()
        phase = .discarding
        input = []
        waitsSince = loop.now
        deadline = loop.deadline(in: Self.lingerSeconds)
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
