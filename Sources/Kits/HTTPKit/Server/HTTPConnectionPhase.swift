/// What a connection of the server is doing.
enum HTTPConnectionPhase {
    /// Waits for a head, or has received part of one.
    case head
    /// Waits for permission to read the body.
    case admission(HTTPServerRequest, HTTPRequestHead)
    case body(HTTPServerRequest)
    /// A handler is running.
    case handling
    /// The head of a response has been written, and a task writes its body.
    case streaming(HTTPStream)
    case answering(isLast: Bool)
    /// The last response has been sent; further input is discarded. Closing with unread input would reset the
    /// connection and might discard the response.
    case discarding
    case closed

    /// Whether input is read when it arrives; otherwise it stays in the socket's buffer.
    var isReading: Bool {
        switch self {
        case .head, .body, .discarding: true
        case .admission, .handling, .streaming, .answering, .closed: false
        }
    }
}
