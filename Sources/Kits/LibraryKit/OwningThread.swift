import Glibc

/// A thread for what only one thread may use, or what blocks, as handles of C libraries do.
package enum OwningThread {
    /// Runs `body` on a new thread, which ends with it. Signals are blocked there, and writing to a closed socket is an
    /// error.
    /// - Returns: false when the system has no thread left.
    package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        final class Start {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let start = Unmanaged.passRetained(Start(body))
        var id = pthread_t()
        let status = withSignalsBlocked {
            pthread_create(
                &id, nil,
                { context in
                    guard let context else { return nil }
                    Unmanaged<Start>.fromOpaque(context).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
        }
        guard status == 0 else {
            start.release()
            return false
        }
        pthread_detach(id)
        return true
    }
}
