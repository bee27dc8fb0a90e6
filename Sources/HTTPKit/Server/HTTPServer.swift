internal import CMicroHTTPD
import Glibc
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd.
///
/// Malformed and oversized requests are refused before any handler sees them, as `{"code","message"}` or, where
/// libmicrohttpd itself cannot read on, with its own page or by closing the connection.
package final class HTTPServer: Sendable {
    private struct State {
        /// Address of the daemon while it runs; an integer because pointers are not Sendable.
        var daemon: UInt = 0
        var port: UInt16
        var hasStarted = false
    }

    private static let library = Result { () throws(SharedLibraryError) in
        try SharedLibrary(name: CMHD_LIBRARY, newestSymbol: CMHD_NEWEST_SYMBOL, package: "libmicrohttpd12").open()
    }

    private let listen: SocketAddress
    private let core: HTTPServerCore
    private let state: Mutex<State>

    /// - Parameters:
    ///   - immediate: Asked first, on a server thread, which it must not hold up; nil hands on to `handler`.
    ///   - handler: Runs in a task of its own, canceled when the server stops before it has answered.
    package init(
        listen: SocketAddress, limits: HTTPServerLimits = HTTPServerLimits(),
        immediate: (@Sendable (HTTPServerRequest) -> HTTPServerAnswer?)? = nil,
        handler: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer
    ) {
        self.listen = listen
        core = HTTPServerCore(limits: limits, immediate: immediate, handler: handler)
        state = Mutex(State(port: listen.port))
    }

    deinit { shutDown() }

    /// The version of the libmicrohttpd in use, such as `0.9.75`.
    package static func libraryVersion() throws(SharedLibraryError) -> String {
        try library.get()
        return String(cString: cmhd_version())
    }

    /// The port it listens on: the real one after ``start()``, also when any was asked for.
    package var port: UInt16 { state.withLock { $0.port } }

    /// Whether connections are closed after their next answer, because ``stop(graceSeconds:)`` was called.
    var isStopping: Bool { core.isStopping }

    /// Binds and begins to accept; a server starts once.
    package func start() throws {
        do { try Self.library.get() } catch { throw failure(.libraryMissing, error.message) }
        try state.withLock { state in
            guard !state.hasStarted else { throw failure(.other, "the server was started before") }
            let socket = try ListeningSocket(listen)
            guard let daemon = launch(socket) else {
                close(socket.descriptor)
                throw failure(.other, "libmicrohttpd cannot start: \(String(cString: strerror(errno)))")
            }
            state = State(daemon: UInt(bitPattern: daemon), port: socket.port, hasStarted: true)
        }
    }

    /// Accepts nothing more, lets the requests under way finish for at most `graceSeconds`, then closes everything.
    /// A canceled task waits no longer. A second call returns at once.
    package func stop(graceSeconds: Double) async {
        let daemon = state.withLock { state in
            defer { state.daemon = 0 }
            return state.daemon
        }
        guard let daemon = OpaquePointer(bitPattern: daemon) else { return }
        Self.stopAccepting(daemon)
        await core.drain(clampedSeconds(graceSeconds))
        core.close()
        cmhd_stop_daemon(daemon)
    }

    private func shutDown() {
        guard let daemon = OpaquePointer(bitPattern: state.withLock { $0.daemon }) else { return }
        Self.stopAccepting(daemon)
        core.close()
        cmhd_stop_daemon(daemon)
    }

    private static func stopAccepting(_ daemon: OpaquePointer) {
        let descriptor = cmhd_quiesce_daemon(daemon)
        if descriptor >= 0 { close(descriptor) }
    }

    private func failure(_ code: HTTPServerError.Code, _ message: String) -> HTTPServerError {
        HTTPServerError(code: code, address: listen, message: message)
    }

    /// Starts libmicrohttpd with callbacks that come on its threads; the core outlives them.
    private func launch(_ socket: ListeningSocket) -> OpaquePointer? {
        let limits = core.limits
        var settings = cmhd_settings()
        settings.listening_socket = socket.descriptor
        settings.threads = UInt32(clamping: max(1, limits.threads))
        settings.connections = UInt32(clamping: max(limits.threads, limits.maximumConnections))
        settings.connections_per_address = UInt32(clamping: max(1, limits.maximumConnectionsPerAddress))
        settings.idle_seconds = UInt32(clamping: max(1, limits.idleTimeoutSeconds))
        // Besides the header fields themselves, the library keeps its own notes and the response's fields in there.
        settings.memory_per_connection = max(8 << 10, 3 * limits.maximumHeaderBytes)
        settings.context = Unmanaged.passUnretained(core).toOpaque()
        settings.target = { context, target, connection in
            guard let context, let target, let connection else { return nil }
            let core = Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue()
            let exchange = HTTPServerExchange(
                core: core, connection: HTTPServerConnection(pointer: connection), target: String(cString: target))
            return Unmanaged.passRetained(exchange).toOpaque()
        }
        settings.unescape = { _, _, text in text.map { strlen($0) } ?? 0 }
        settings.request = { _, _, _, method, version, bytes, count, context in
            guard let context = context?.pointee, let method, let version, let count else { return .NO }
            let exchange = Unmanaged<HTTPServerExchange>.fromOpaque(context).takeUnretainedValue()
            let piece = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count.pointee)
            let goesOn = exchange.proceed(
                method: String(cString: method), version: String(cString: version), piece: piece)
            count.pointee = 0
            return goesOn ? .YES : .NO
        }
        settings.completed = { _, _, context, _ in
            guard let exchange = context?.pointee else { return }
            context?.pointee = nil
            Unmanaged<HTTPServerExchange>.fromOpaque(exchange).release()
        }
        return withSignalsBlocked { cmhd_start_daemon(&settings) }
    }
}
