import Synchronization

/// Writes the body of a response in pieces for as long as the connection lasts.
///
/// Each request task of a stream has one; it is used by one task at a time.
package struct HTTPStreamWriter: Sendable {
    let stream: HTTPStream

    /// Sends bytes; returns once the connection has taken them, so that a slow client slows down its writer, and holds
    /// no more memory than one piece.
    /// - Throws: ``HTTPStreamEnded`` when the client is gone or reads too slowly, `CancellationError` when the server
    ///   stops.
    package func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            try Task.checkCancellation()
            try await stream.send(Array(rest.prefix(Self.maximumPiece)))
            rest = rest.dropFirst(Self.maximumPiece)
        }
    }

    private static let maximumPiece = 16 << 10
}

/// The client is gone, or has not read for as long as the server waits.
package struct HTTPStreamEnded: Error, Hashable, Sendable {
    package init() {}
}

/// Produces the body of a streamed response. Returning, or being canceled, ends the response; any other error breaks
/// off the connection, so that the client does not take the body for complete.
package typealias HTTPStreamBody = @Sendable (HTTPStreamWriter) async throws -> Void

/// What the task that writes a stream and the thread of its connection share: at most one piece is on its way.
final class HTTPStream: Sendable {
    private struct State {
        var isOver = false
        /// Waits until its piece is sent.
        var writer: CheckedContinuation<Void, any Error>?
    }

    private let mailbox: HTTPServerMailbox
    private let connection: UInt64
    private let state = Mutex(State())

    init(_ mailbox: HTTPServerMailbox, connection: UInt64) {
        self.mailbox = mailbox
        self.connection = connection
    }

    /// Starts the task that writes the body, and tells the connection's loop when it has ended.
    func begin(_ body: @escaping HTTPStreamBody) -> Task<Void, Never> {
        Task {
            var isComplete = true
            do { try await body(HTTPStreamWriter(stream: self)) } catch is CancellationError {
            } catch { isComplete = false }
            mailbox.post(connection, .streamEnded(isComplete: isComplete))
        }
    }

    func send(_ piece: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.writer = continuation }
                return state.isOver
            }
            guard !isOver else { return continuation.resume(throwing: HTTPStreamEnded()) }
            mailbox.post(connection, .piece(piece))
        }
    }

    /// Called by the connection once it has sent what it was given.
    func sent() { take()?.resume() }

    /// Called by the connection when it is closed.
    func end() {
        state.withLock { $0.isOver = true }
        take()?.resume(throwing: HTTPStreamEnded())
    }

    private func take() -> CheckedContinuation<Void, any Error>? {
        state.withLock { state in
            defer { state.writer = nil }
            return state.writer
        }
    }
}
