/// Sends a request to a server and returns its response, whatever the status.
package protocol HTTPTransport: Sendable {
    /// - Throws: ``HTTPTransportError`` without a complete response; `CancellationError` if the task was canceled.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse

    /// Checks that this process is able to send a request; contacts no server.
    /// - Throws: ``HTTPTransportError`` that says what is missing.
    func prepare() throws
}

extension HTTPTransport {
    package func prepare() throws {}
}

/// The reason why a complete response was not received.
package struct HTTPTransportError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// The URL is invalid; nothing was sent.
        case invalidURL
        /// No connection: the name did not resolve, the connection was refused or timed out, or libcurl is missing;
        /// nothing was sent.
        case cannotConnect
        /// The request timed out; the server may or may not have acted.
        case timedOut
        /// The connection broke or the body ended early; the server may or may not have acted.
        case connectionLost
        /// The response was larger than the request allows; the server may have acted.
        case responseTooLarge
        /// TLS failed or the certificate was rejected; nothing was sent.
        case insecure
        /// Anything else libcurl reports; treated like a lost connection.
        case other
    }

    package var code: Code
    /// Scheme, host, port and path; never the query, which may contain signatures.
    package var place: String
    package var message: String

    package init(code: Code, place: String, message: String) {
        self.code = code
        self.place = place
        self.message = message
    }
}
