/// Carries one request to a server and brings the answer back, whatever its status.
package protocol HTTPTransport: Sendable {
    /// - Throws: ``HTTPTransportError`` when no whole answer came; `CancellationError` when the task was canceled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse

    /// Makes sure that a request could be sent as far as this process is concerned; asks no server.
    /// - Throws: ``HTTPTransportError`` that says what is missing.
    func prepare() throws
}

extension HTTPTransport {
    package func prepare() throws {}
}

/// Why no whole answer came.
package struct HTTPTransportError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// The URL cannot be used; nothing was sent.
        case invalidURL
        /// No connection came about: the name did not resolve, the port refused or did not answer in time, or libcurl is
        /// missing; nothing was sent.
        case cannotConnect
        /// The time ran out; the server may or may not have acted.
        case timedOut
        /// The connection broke or the body ended early; the server may or may not have acted.
        case connectionLost
        /// The answer was larger than the request allows; the server may have acted.
        case responseTooLarge
        /// TLS could not be established or the certificate was refused; nothing was sent.
        case insecure
        /// Anything else libcurl reports; treated like a lost connection.
        case other
    }

    package var code: Code
    /// Scheme, host, port and path; never the query, which may carry signatures.
    package var place: String
    package var message: String

    package init(code: Code, place: String, message: String) {
        self.code = code
        self.place = place
        self.message = message
    }
}
