import Dispatch

/// Waits on a thread that may block, such as a connection's.
package enum Blocking {
    /// Waits for an asynchronous body.
    package static func wait(_ body: @escaping @Sendable () async -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task {
            await body()
            done.signal()
        }
        done.wait()
    }
}
