package import QueueKit
import Synchronization

/// Tells those who wait in this process that a service has committed something about an order, a user or a request.
package final class Commits: Sendable {
    private let signals = Mutex<[String: [ObjectIdentifier: Signal]]>([:])

    package init() {}

    /// - Parameter subjects: ids of requests, which all that they cause shares, of orders and of users.
    func notify(_ subjects: [String]) {
        let woken = signals.withLock { signals in subjects.flatMap { signals[$0].map { Array($0.values) } ?? [] } }
        for signal in woken { signal.notify() }
    }

    /// Runs `body` with a signal that is notified of each commit about a subject, from before `body` begins.
    ///
    /// Other processes notify nothing: who waits for them looks again now and then.
    package func watching<Value>(
        _ subject: String, _ body: (Signal) async throws -> Value
    ) async rethrows -> Value {
        let signal = Signal()
        let id = ObjectIdentifier(signal)
        signals.withLock { $0[subject, default: [:]][id] = signal }
        defer {
            signals.withLock { signals in
                signals[subject]?[id] = nil
                if signals[subject]?.isEmpty == true { signals[subject] = nil }
            }
        }
        return try await body(signal)
    }
}
