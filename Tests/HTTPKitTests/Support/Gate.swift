import Synchronization

/// Suspends tasks until a number of them have arrived, or until it is opened.
final class Gate: Sendable {
    private struct State {
        var arrived = 0
        var isOpen = false
        var held: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let expected: Int
    private let state = Mutex(State())

    init(expected: Int = .max) { self.expected = expected }

    /// Waits here until the gate is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.arrived += 1
                for watcher in state.watchers { watcher.resume() }
                state.watchers = []
                if state.arrived == expected { Self.open(&state) }
                if state.isOpen { continuation.resume() } else { state.held.append(continuation) }
            }
        }
    }

    func open() { state.withLock { Self.open(&$0) } }

    /// Returns once a task is waiting.
    func firstArrival() async { await arrivals(1) }

    /// Returns once this many tasks have arrived.
    func arrivals(_ count: Int) async {
        while state.withLock({ $0.arrived }) < count {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.arrived >= count { continuation.resume() } else { state.watchers.append(continuation) }
                }
            }
        }
    }

    private static func open(_ state: inout State) {
        state.isOpen = true
        for task in state.held { task.resume() }
        state.held = []
    }
}
