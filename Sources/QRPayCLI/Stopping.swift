import Synchronization

extension Context {
    /// Runs `body` until it ends; a stop signal cancels it, and its end is awaited.
    /// - Returns: its result; the signal, if one came first.
    func untilStopped<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async -> (result: Result<Value, any Error>, signal: Int32?) {
        holdStopSignals()
        let signal = Mutex<Int32?>(nil)
        let work = Task { try await body() }
        let watch = Task {
            let number = await stopSignal()
            guard !Task.isCancelled else { return }
            signal.withLock { $0 = number }
            work.cancel()
        }
        defer { watch.cancel() }
        let result = await work.result
        return (result, signal.withLock { $0 })
    }
}
