/// A handler's result; all cases but ``response(_:)`` and ``stream(_:_:)`` simulate a failing server.
package enum HTTPServerAnswer: Sendable {
    case response(HTTPResponse)
    /// A response whose body is written after its head was sent; the one in the response is not used.
    case stream(HTTPResponse, HTTPStreamBody)
    /// Declares the whole body's length, sends only the first `sentBytes` of it, and closes the connection.
    case truncated(HTTPResponse, sentBytes: Int)
    /// Closes the connection without a response.
    case reset
}
