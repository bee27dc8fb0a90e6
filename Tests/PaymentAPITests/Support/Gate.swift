import HTTPKit
import Synchronization

/// Blocks callers while it is closed.
final class Gate: Sendable {
    private struct State {
        var isClosed = false
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func close() { state.withLock { $0.isClosed = true } }

    func open() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isClosed = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let (isOpen, watchers) = state.withLock { state in
                defer { state.watchers = [] }
                if state.isClosed { state.held.append(continuation) }
                return (!state.isClosed, state.isClosed ? state.watchers : [])
            }
            if isOpen { continuation.resume() }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns once a caller is blocked.
    func firstArrival() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.held.isEmpty { state.watchers.append(continuation) }
                return !state.held.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }
}

/// Sends requests that have passed a gate.
struct GatedTransport: HTTPTransport {
    var transport: any HTTPTransport
    var gate: Gate

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        await gate.pass()
        return try await transport.send(request)
    }
}
