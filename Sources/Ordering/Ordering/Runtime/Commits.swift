package import QueueKit
import Synchronization

/// Wakes waiters in this process when a service commits a change to an order, a user or a request.
package final class Commits: Sendable {
    private let signals = Mutex<[String: [ObjectIdentifier: Signal]]>([:])

    package init() {}

    /// - Parameter subjects: correlation ids, orders' ids and users' ids.
    func notify(_ subjects: [String]) {
        let woken = signals.withLock { signals in subjects.flatMap { signals[$0].map { Array($0.values) } ?? [] } }
        for signal in woken { signal.notify() }
    }

    /// Runs `body` with a signal that is notified of each commit about one of the subjects, from before `body` begins.
    ///
    /// Commits of other processes notify nothing: waiters also poll.
    package func watching<Value>(
        _ subjects: [String], _ body: (Signal) async throws -> Value
    ) async rethrows -> Value {
        let signal = Signal()
        let id = ObjectIdentifier(signal)
        signals.withLock { signals in
            for subject in subjects { signals[subject, default: [:]][id] = signal }
        }
        defer {
            signals.withLock { signals in
                for subject in subjects {
                    signals[subject]?[id] = nil
                    if signals[subject]?.isEmpty == true { signals[subject] = nil }
                }
            }
        }
        return try await body(signal)
    }
}
