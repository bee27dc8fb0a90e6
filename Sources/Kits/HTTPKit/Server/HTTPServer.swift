import Glibc
internal import LibraryKit
import Synchronization

/// An HTTP/1.1 server on loopback or a network address, with one event loop per thread.
///
/// Malformed, oversized and overdue requests never reach a handler: the server answers `{"code","message"}` and closes
/// the connection, or just closes it. ``HTTPServerLimits`` bounds connections and memory.
///
/// The project's rule is to use a library for HTTP. None of those in Debian 12 refuses what
/// ``HTTPRequestHead`` refuses; CONTRIBUTING.md has the measurement.
package final class HTTPServer: Sendable {
    private struct State {
        var threads: [Thread] = []
        var listener: Int32 = -1
        var port: UInt16
        var hasStarted = false
    }

    private struct Thread {
        var mailbox: HTTPServerMailbox
        var id: pthread_t
    }

    private let listen: SocketAddress
    private let core: HTTPServerCore
    private let state: Mutex<State>

    package init(listen: SocketAddress, limits: HTTPServerLimits = HTTPServerLimits(), handlers: HTTPServerHandlers) {
        self.listen = listen
        core = HTTPServerCore(limits: limits, handlers: handlers)
        state = Mutex(State(port: listen.port))
    }

    /// A server with one handler for every request.
    package convenience init(
        listen: SocketAddress, limits: HTTPServerLimits = HTTPServerLimits(),
        handle: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer
    ) {
        self.init(listen: listen, limits: limits, handlers: HTTPServerHandlers(handle: handle))
    }

    deinit { end() }

    /// The port it listens on; after ``start()`` the actual port, even if port 0 was requested.
    package var port: UInt16 { state.withLock { $0.port } }

    /// Whether connections are closed after their next answer, because ``stop(graceSeconds:)`` was called.
    var isStopping: Bool { core.isStopping }

    /// Binds and starts accepting; a server can be started once.
    package func start() throws(HTTPServerError) {
        let socket = try state.withLock { (state) throws(HTTPServerError) in
            guard !state.hasStarted else { throw failure("the server was already started") }
            let socket = try ListeningSocket(listen)
            state = State(listener: socket.descriptor, port: socket.port, hasStarted: true)
            return socket
        }
        do throws(HTTPServerError) {
            try launch(socket.descriptor)
        } catch {
            end()
            throw error
        }
    }

    /// Starts the threads. A connection that one of them cannot accept is offered to the others.
    private func launch(_ listener: Int32) throws(HTTPServerError) {
        var loops: [HTTPServerLoop] = []
        for _ in 0..<max(1, core.limits.threads) {
            do throws(SystemError) {
                loops.append(try HTTPServerLoop(listener: listener, core: core))
            } catch {
                throw failure("the server cannot start: \(error.message)")
            }
        }
        for (index, loop) in loops.enumerated() {
            loop.next = loops[(index + 1) % loops.count].mailbox
            let thread = try start(loop)
            state.withLock { $0.threads.append(thread) }
        }
    }

    /// Stops accepting, lets running requests finish for at most `graceSeconds`, then closes everything. Canceling the
    /// task ends the wait. A second call returns immediately.
    package func stop(graceSeconds: Double) async {
        let isRunning = state.withLock { state in
            guard state.listener >= 0 else { return false }
            Self.stopAccepting(state, core)
            return true
        }
        guard isRunning else { return }
        await core.drain(clampedSeconds(graceSeconds))
        end()
    }

    /// Stops the threads, cancels running handlers, and joins the threads.
    private func end() {
        let ended = state.withLock { state in
            Self.stopAccepting(state, core)
            defer { (state.threads, state.listener) = ([], -1) }
            return state
        }
        core.close()
        for thread in ended.threads {
            thread.mailbox.wake()
            pthread_join(thread.id, nil)
        }
        if ended.listener >= 0 { close(ended.listener) }
    }

    /// The socket refuses connections from now on; it is closed once no thread can use it.
    private static func stopAccepting(_ state: State, _ core: HTTPServerCore) {
        if state.listener >= 0 { shutdown(state.listener, Int32(SHUT_RDWR)) }
        core.stop()
        for thread in state.threads { thread.mailbox.wake() }
    }

    private func failure(_ message: String) -> HTTPServerError {
        HTTPServerError(code: .other, address: listen, message: message)
    }

    private func start(_ loop: HTTPServerLoop) throws(HTTPServerError) -> Thread {
        final class Start {
            var loop: HTTPServerLoop
            var core: HTTPServerCore
            init(_ loop: HTTPServerLoop, _ core: HTTPServerCore) { (self.loop, self.core) = (loop, core) }
        }
        let mailbox = loop.mailbox
        let start = Unmanaged.passRetained(Start(loop, core))
        var id = pthread_t()
        let status = withSignalsBlocked {
            pthread_create(
                &id, nil,
                { context in
                    guard let context else { return nil }
                    let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                    start.loop.run(until: { start.core.isClosed })
                    return nil
                }, start.toOpaque())
        }
        guard status == 0 else {
            start.release()
            throw failure("the server cannot start a thread: \(SystemError(number: status).message)")
        }
        return Thread(mailbox: mailbox, id: id)
    }
}
