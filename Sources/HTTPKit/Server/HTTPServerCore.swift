internal import CMicroHTTPD
import Synchronization

/// What the threads of a server share: the handlers, and which requests are under way.
///
/// A connection is suspended and resumed under one lock, so that none can be left suspended
/// when the server stops, which libmicrohttpd does not survive.
final class HTTPServerCore: Sendable {
    typealias Handler = @Sendable (HTTPServerRequest) async -> HTTPServerAnswer
    typealias ImmediateHandler = @Sendable (HTTPServerRequest) -> HTTPServerAnswer?

    private struct Suspended {
        /// Address of the connection; an integer because pointers are not Sendable.
        var connection: UInt
        var task: Task<Void, Never>
    }

    private struct State {
        var lastID: UInt64 = 0
        var suspended: [UInt64: Suspended] = [:]
        var answers: [UInt64: HTTPServerAnswer] = [:]
        var isClosed = false
        var idleWaiter: CheckedContinuation<Void, Never>?

        mutating func resume(_ id: UInt64, with answer: HTTPServerAnswer) {
            guard let connection = suspended.removeValue(forKey: id)?.connection else { return }
            answers[id] = answer
            cmhd_resume(OpaquePointer(bitPattern: connection))
        }

        mutating func resumeWaiter() {
            idleWaiter?.resume()
            idleWaiter = nil
        }
    }

    let limits: HTTPServerLimits
    let immediate: ImmediateHandler?
    private let handler: Handler
    private let state = Mutex(State())
    /// Requests whose head has come and whose answer has not gone out in full.
    private let active = Atomic(0)
    private let stopping = Atomic(false)

    init(limits: HTTPServerLimits, immediate: ImmediateHandler?, handler: @escaping Handler) {
        self.limits = limits
        self.immediate = immediate
        self.handler = handler
    }

    /// Whether connections shall be closed after their next answer.
    var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

    func requestBegan() { active.add(1, ordering: .sequentiallyConsistent) }

    func requestEnded() {
        // Whoever stops sets the flag before it looks at the count, so that one of the two sees the other.
        let left = active.subtract(1, ordering: .sequentiallyConsistent).newValue
        if left == 0, isStopping { state.withLock { $0.resumeWaiter() } }
    }

    /// Suspends the connection until the handler has answered; nil when the server is closed.
    ///
    /// - Returns: The number under which ``takeAnswer(_:)`` finds the answer once the connection goes on.
    func suspend(_ connection: HTTPServerConnection, for request: HTTPServerRequest) -> UInt64? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastID += 1
            let id = state.lastID
            cmhd_suspend(connection.pointer)
            let task = Task { [self] in finish(id, await handler(request)) }
            state.suspended[id] = Suspended(connection: UInt(bitPattern: connection.pointer), task: task)
            return id
        }
    }

    func takeAnswer(_ id: UInt64) -> HTTPServerAnswer? { state.withLock { $0.answers.removeValue(forKey: id) } }

    /// An answer that comes after ``close()`` finds its connection gone and is dropped.
    private func finish(_ id: UInt64, _ answer: HTTPServerAnswer) {
        state.withLock { $0.resume(id, with: answer) }
    }

    /// From now on connections are closed after their answer; returns when no request is under way, or after `grace`,
    /// or when the task is canceled.
    func drain(_ grace: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.becomeIdle() }
            group.addTask {
                try? await Task.sleep(for: grace)
                self.state.withLock { $0.resumeWaiter() }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func becomeIdle() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                stopping.store(true, ordering: .sequentiallyConsistent)
                state.idleWaiter = continuation
                if active.load(ordering: .sequentiallyConsistent) == 0 { state.resumeWaiter() }
            }
        }
    }

    /// Cancels the handlers at work and resets their connections; after it, nothing is suspended ever again.
    func close() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        state.withLock { state in
            state.isClosed = true
            for (id, suspended) in state.suspended {
                suspended.task.cancel()
                state.resume(id, with: .reset)
            }
        }
    }
}
