/// One request from its first line to its answer; lives on the server thread of its connection.
final class HTTPServerExchange {
    private enum Phase {
        case head
        case body(HTTPRequestHead)
        /// The handler is at work; its answer will be found under this number.
        case handled(UInt64)
        case answered
    }

    private let core: HTTPServerCore
    private let connection: HTTPServerConnection
    private let target: String
    private var phase = Phase.head
    private var failure: HTTPFailure?
    private var body: [UInt8] = []
    private var bodyBytes = 0
    private var bodyDeadline = ContinuousClock.Instant.now
    /// Whether ``HTTPServerCore/requestBegan()`` was called.
    private var isCounted = false

    init(core: HTTPServerCore, connection: HTTPServerConnection, target: String) {
        self.core = core
        self.connection = connection
        self.target = target
    }

    deinit {
        // The client may have gone while the handler was at work; then nobody asked for the answer.
        if case .handled(let id) = phase { _ = core.takeAnswer(id) }
        if isCounted { core.requestEnded() }
    }

    /// Called with the head, then with each piece of the body, then once without bytes, and again when the connection
    /// was resumed.
    ///
    /// - Returns: Whether to go on; false closes the connection.
    func proceed(method: String, version: String, piece: UnsafeRawBufferPointer) -> Bool {
        switch phase {
        case .head:
            core.requestBegan()
            isCounted = true
            return begin(
                HTTPRequestHead(method: method, version: version, target: target, headers: connection.headers))
        case .body(let head): return piece.isEmpty ? handle(head) : take(piece)
        case .handled(let id): return core.takeAnswer(id).map(answer) ?? false
        case .answered: return true
        }
    }

    private func begin(_ head: HTTPRequestHead) -> Bool {
        phase = .body(head)
        failure = head.failure(core.limits)
        bodyDeadline = .now + .seconds(core.limits.bodyTimeoutSeconds)
        return failure == nil || isWorthReading(head) || handle(head)
    }

    /// A refusal is answered without reading the body, and a client that is still sending may miss it. One whose body
    /// is not all that much too large is let to the end, unless it asked before sending.
    private func isWorthReading(_ head: HTTPRequestHead) -> Bool {
        guard failure == .bodyTooLarge, head.headers["Expect"] == nil else { return false }
        return head.headers["Content-Length"].flatMap { Int($0) }.map(isBearable) ?? false
    }

    private func isBearable(_ bytes: Int) -> Bool { bytes / 2 <= core.limits.maximumBodyBytes }

    /// A body that turns out too large is read on for a while, because the refusal has to wait for its end.
    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += piece.count
        if bodyBytes > core.limits.maximumBodyBytes {
            failure = failure ?? .bodyTooLarge
            body = []
        }
        guard isBearable(bodyBytes), .now < bodyDeadline else { return false }
        if failure == nil { body.append(contentsOf: piece) }
        return true
    }

    private func handle(_ head: HTTPRequestHead) -> Bool {
        do throws(HTTPFailure) {
            if let failure { throw failure }
            let request = try HTTPServerRequest(
                method: head.method, target: head.target, headers: head.headers, body: body,
                remoteAddress: connection.peerAddress, maximumQueryItems: core.limits.maximumQueryItems)
            body = []
            if let immediate = core.immediate?(request) { return answer(immediate) }
            guard let id = core.suspend(connection, for: request) else { return false }
            phase = .handled(id)
            return true
        } catch {
            var response = error.response
            response.headers["Connection"] = "close"
            return answer(.response(response))
        }
    }

    private func answer(_ answer: HTTPServerAnswer) -> Bool {
        phase = .answered
        return connection.queue(answer, closing: core.isStopping)
    }
}
