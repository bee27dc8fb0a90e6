import Dispatch
import Synchronization

/// Threads that derive keys of passwords: a few, so that a flood of logins takes neither the memory nor the threads
/// that everything else needs.
package final class PasswordThreads: Sendable {
    /// More are waiting than will be served soon.
    package struct Busy: Error, Hashable, Sendable {}

    private struct State {
        /// How many wait or run on each queue.
        var loads: [Int]
    }

    private let queues: [DispatchQueue]
    private let capacity: Int
    private let state: Mutex<State>

    /// - Parameters:
    ///   - count: how many run at the same time; each takes the memory of one derivation.
    ///   - capacity: how many may run and wait.
    package init(count: Int = 2, capacity: Int = 64) {
        queues = (0..<max(1, count)).map { DispatchQueue(label: "qrpay.passwords.\($0)") }
        self.capacity = max(1, capacity)
        state = Mutex(State(loads: queues.map { _ in 0 }))
    }

    /// - Throws: ``Busy``, and what `body` throws.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let index = state.withLock { state -> Int? in
            guard state.loads.reduce(0, +) < capacity,
                let index = state.loads.indices.min(by: { state.loads[$0] < state.loads[$1] })
            else { return nil }
            state.loads[index] += 1
            return index
        }
        guard let index else { throw Busy() }
        defer { state.withLock { $0.loads[index] -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queues[index].async { continuation.resume(with: Result { try body() }) }
        }
    }
}
