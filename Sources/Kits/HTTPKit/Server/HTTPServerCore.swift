import Synchronization

/// State shared by the threads of a server: the handlers, and the limits on connections and memory.
final class HTTPServerCore: Sendable {
    /// Which limit a connection counts against.
    enum Place {
        case regular
        case reserved
    }

    private struct State {
        var connections = 0
        var reserved = 0
        var byNetwork: [PeerAddress.Network: Int] = [:]
        var idleWaiter: CheckedContinuation<Void, Never>?
    }

    let limits: HTTPServerLimits
    let handlers: HTTPServerHandlers
    private let state = Mutex(State())
    /// Requests whose head was received and whose response was not fully sent.
    private let active = Atomic(0)
    private let bufferedBytes = Atomic(0)
    private let stopping = Atomic(false)
    private let closed = Atomic(false)

    init(limits: HTTPServerLimits, handlers: HTTPServerHandlers) {
        self.limits = limits
        self.handlers = handlers
    }

    // MARK: Requests

    /// Whether connections close after their next response.
    var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

    func requestBegan() { active.add(1, ordering: .sequentiallyConsistent) }

    func requestEnded() {
        // The stopping flag is set before the count is read, so that at least one side sees the other.
        let left = active.subtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0, isStopping { state.withLock { Self.resumeWaiter(&$0) } }
    }

    /// Makes connections close after their response; returns when no request is running, after `grace`, or when the
    /// task is canceled.
    func drain(_ grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.becomeIdle() }
            group.addTask {
                try? await Task.sleep(for: grace)
                self.state.withLock { Self.resumeWaiter(&$0) }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether the threads should exit.
    var isClosed: Bool { closed.load(ordering: .sequentiallyConsistent) }

    func close() { closed.store(true, ordering: .sequentiallyConsistent) }

    func stop() { stopping.store(true, ordering: .sequentiallyConsistent) }

    private func becomeIdle() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                stop()
                state.idleWaiter = continuation
                if active.load(ordering: .sequentiallyConsistent) == 0 { Self.resumeWaiter(&state) }
            }
        }
    }

    private static func resumeWaiter(_ state: inout State) {
        state.idleWaiter?.resume()
        state.idleWaiter = nil
    }

    // MARK: Connections

    /// Counts a new connection; false if the total limit or that of its network is reached.
    func enter(_ network: PeerAddress.Network) -> Bool {
        state.withLock { state in
            guard state.connections < limits.maximumConnections,
                state.byNetwork[network, default: 0] < limits.maximumConnectionsPerAddress
            else { return false }
            state.connections += 1
            state.byNetwork[network, default: 0] += 1
            return true
        }
    }

    /// Counts a connection in the reserve.
    func enterReserve() -> Bool {
        state.withLock { state in
            guard state.reserved < limits.reservedConnections else { return false }
            state.reserved += 1
            return true
        }
    }

    /// Whether the limit of the network is reached, as opposed to the total.
    func isFull(_ network: PeerAddress.Network) -> Bool {
        state.withLock { $0.byNetwork[network, default: 0] >= limits.maximumConnectionsPerAddress }
    }

    func leave(_ place: Place, _ network: PeerAddress.Network) {
        state.withLock { state in
            guard place == .regular else {
                state.reserved -= 1
                return
            }
            state.connections -= 1
            let left = state.byNetwork[network, default: 1] - 1
            state.byNetwork[network] = left == 0 ? nil : left
        }
    }

    // MARK: Memory

    /// Reserves memory for a body; false if all bodies together would exceed the limit.
    func takeMemory(_ count: Int) -> Bool {
        guard bufferedBytes.add(count, ordering: .relaxed).newValue <= limits.maximumBufferedBytes else {
            releaseMemory(count)
            return false
        }
        return true
    }

    func releaseMemory(_ count: Int) {
        if count > 0 { bufferedBytes.subtract(count, ordering: .relaxed) }
    }
}

/// A server's request handlers.
package struct HTTPServerHandlers: Sendable {
    /// Whether a request may send its body.
    package enum Admission: Sendable {
        case granted
        case refused(HTTPServerAnswer)
        /// Decided asynchronously; nil grants permission.
        case later(@Sendable () async -> HTTPServerAnswer?)
    }

    /// Called on a server thread with the head of a request whose body has not arrived; a refusal is sent immediately
    /// and the connection closed.
    package var admit: (@Sendable (HTTPServerRequest) -> Admission)?
    /// Called first, on a server thread, which it must not block; nil passes the request on to ``handle``.
    package var immediate: (@Sendable (HTTPServerRequest) -> HTTPServerAnswer?)?
    /// Whether a request is served from the reserve when all regular connections are in use. Called on a server thread.
    package var isReserved: @Sendable (HTTPServerRequest) -> Bool
    /// Runs in its own task, which is canceled if the server stops first.
    package var handle: @Sendable (HTTPServerRequest) async -> HTTPServerAnswer

    package init(
        admit: (@Sendable (HTTPServerRequest) -> Admission)? = nil,
        immediate: (@Sendable (HTTPServerRequest) -> HTTPServerAnswer?)? = nil,
        isReserved: @escaping @Sendable (HTTPServerRequest) -> Bool = { _ in false },
        handle: @escaping @Sendable (HTTPServerRequest) async -> HTTPServerAnswer
    ) {
        self.admit = admit
        self.immediate = immediate
        self.isReserved = isReserved
        self.handle = handle
    }
}
