import Synchronization

/// Wakes one waiting loop of this process.
///
/// A notification without a waiter is kept, once, for the next waiter.
package final class Signal: Sendable {
    private struct State {
        var isNotified = false
        var waiter: CheckedContinuation<Void, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())

    package init() {}

    package func notify() {
        let waiter = state.withLock { state in
            state.isNotified = state.waiter == nil
            return state.takeWaiter()
        }
        waiter?.resume()
    }

    /// Returns on a notification, or when `timer` returns; throws what `timer` throws.
    package func wait(orUntil timer: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(operation: timer)
            group.addTask { await self.untilNotified() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Returns on a notification, or when the task is canceled. An `AsyncStream` would not do: the first cancellation
    /// finishes it permanently.
    private func untilNotified() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    defer { state.isNotified = false }
                    if !state.isNotified { state.waiter = continuation }
                    return state.isNotified
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume()
        }
    }
}
