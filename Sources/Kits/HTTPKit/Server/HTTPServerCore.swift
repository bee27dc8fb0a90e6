import Synchronization

/// What the threads of a server share: the handlers, and the limits on connections and memory.
final class HTTPServerCore: Sendable {
    /// Where a new connection is counted.
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
    /// Requests whose head has come and whose answer has not gone out in full.
    private let active = Atomic(0)
    private let bufferedBytes = Atomic(0)
    private let stopping = Atomic(false)
    private let closed = Atomic(false)

    init(limits: HTTPServerLimits, handlers: HTTPServerHandlers) {
        self.limits = limits
        self.handlers = handlers
    }

    // MARK: Requests

    /// Whether connections shall be closed after their next answer.
    var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

    func requestBegan() { active.add(1, ordering: .sequentiallyConsistent) }

    func requestEnded() {
        // The flag is set before the count is read, so that one of the two sees the other.
        let left = active.subtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0, isStopping { state.withLock { Self.resumeWaiter(&$0) } }
    }

    /// From now on connections are closed after their answer; returns when no request is under way, or after `grace`,
    /// or when the task is canceled.
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

    /// Whether the threads shall end.
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

    /// Counts a new connection; false when there are as many as may be, in all or from its network.
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

    /// Counts a connection beyond the regular ones.
    func enterReserve() -> Bool {
        state.withLock { state in
            guard state.reserved < limits.reservedConnections else { return false }
            state.reserved += 1
            return true
        }
    }

    /// Whether it is the bound of the network that is reached, and not that of all.
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

    /// Counts bytes of a body; false when all bodies together would be larger than allowed.
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

/// What a server does with requests.
package struct HTTPServerHandlers: Sendable {
    /// Whether a request may send its body.
    package enum Admission: Sendable {
        case granted
        case refused(HTTPServerAnswer)
        /// To be awaited; nil grants.
        case later(@Sendable () async -> HTTPServerAnswer?)
    }

    /// Asked, on a server thread, about the head of a request whose body has not come yet; its refusal is sent at once,
    /// and the connection closed.
    package var admit: (@Sendable (HTTPServerRequest) -> Admission)?
    /// Asked first, on a server thread, which it must not hold up; nil hands on to ``handle``.
    package var immediate: (@Sendable (HTTPServerRequest) -> HTTPServerAnswer?)?
    /// Whether a request is answered from the reserve when all other connections are taken. On a server thread.
    package var isReserved: @Sendable (HTTPServerRequest) -> Bool
    /// Runs in a task of its own, canceled when the server stops before it has answered.
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
