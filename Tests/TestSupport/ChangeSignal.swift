import Synchronization

/// Waits for a condition that is evaluated after each change instead of at intervals.
package final class ChangeSignal: Sendable {
    private struct State {
        var changes = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Reports a change that conditions may depend on.
    package func notify() {
        let waiters = state.withLock { state in
            state.changes += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once `condition` holds; evaluates it now and after each change.
    package func wait(until condition: () async throws -> Bool) async rethrows {
        while true {
            let seen = state.withLock { $0.changes }
            if try await condition() { return }
            await withCheckedContinuation { continuation in
                let hasChanged = state.withLock { state in
                    if state.changes == seen { state.waiters.append(continuation) }
                    return state.changes != seen
                }
                if hasChanged { continuation.resume() }
            }
        }
    }
}
