package import QRPayDomain
import Synchronization

/// Ends the waiting of whoever waits, or else the next one's.
package final class Wakeup: Sendable {
    private struct State {
        var isFired = false
        var lastID: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Wakes everybody who waits; when nobody does, the next one does not wait.
    package func fire() {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            state.isFired = state.waiters.isEmpty
            return state.waiters.values
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when fired, when the time is up, or when the task is canceled.
    package func wait(atMostSeconds seconds: Double, _ world: World) async {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(id) }
            group.addTask {
                try? await world.sleep(seconds)
                self.release(id)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(_ id: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    if !state.isFired { state.waiters[id] = continuation }
                    defer { state.isFired = false }
                    return state.isFired
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            release(id)
        }
    }

    private func release(_ id: UInt64) {
        state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }
}
