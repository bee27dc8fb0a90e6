/// What a handler wants the client to see; all but ``response(_:)`` play a server that fails.
package enum HTTPServerAnswer: Sendable {
    case response(HTTPResponse)
    /// Declares the whole body's length, sends only the first `sentBytes` of it, and closes the connection.
    case truncated(HTTPResponse, sentBytes: Int)
    /// Closes the connection without a word.
    case reset
}
