/// A handler's result; all cases but ``response(_:)`` simulate a failing server.
package enum HTTPServerAnswer: Sendable {
    case response(HTTPResponse)
    /// Declares the whole body's length, sends only the first `sentBytes` of it, and closes the connection.
    case truncated(HTTPResponse, sentBytes: Int)
    /// Closes the connection without a response.
    case reset
}
