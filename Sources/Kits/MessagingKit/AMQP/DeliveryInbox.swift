import Synchronization

/// The deliveries of a subscription between the thread that reads them and the tasks that wait for them.
final class DeliveryInbox: Sendable {
    private struct Waiter {
        var limit: Int
        /// Nil until the task has come to its rest.
        var continuation: CheckedContinuation<Result<[Delivery], BrokerError>, Never>?
    }

    private struct State {
        var deliveries: [Delivery] = []
        /// Why nothing more comes.
        var end: BrokerError?
        var lastWaiter = 0
        var waiters: [Int: Waiter] = [:]

        /// What there is for a receiver now; nil when it has to wait.
        mutating func next(_ limit: Int) -> Result<[Delivery], BrokerError>? {
            guard !deliveries.isEmpty else { return end.map { .failure($0) } }
            let first = Array(deliveries.prefix(max(limit, 1)))
            deliveries.removeFirst(first.count)
            return .success(first)
        }
    }

    private let state = Mutex(State())

    func put(_ deliveries: [Delivery]) { change { $0.deliveries += deliveries } }

    /// Ends the subscription; the first reason counts.
    /// - Parameter keepingDeliveries: whether what has arrived is still handed over.
    func end(_ error: BrokerError, keepingDeliveries: Bool) {
        change { state in
            if !keepingDeliveries { state.deliveries = [] }
            state.end = state.end ?? error
        }
    }

    /// Why the subscription is over; nil while it is not.
    var failure: BrokerError? { state.withLock { $0.end } }

    /// Waits for deliveries.
    /// - Returns: at most `limit`; none when the time is up or the caller was canceled.
    func receive(atMost limit: Int, withinSeconds seconds: Double) async throws -> [Delivery] {
        let (ready, number) = state.withLock { state in
            let ready = state.next(limit)
            state.lastWaiter += 1
            if ready == nil { state.waiters[state.lastWaiter] = Waiter(limit: limit) }
            return (ready, state.lastWaiter)
        }
        if let ready { return try ready.get() }
        let alarm = Task {
            try await Task.sleep(for: .seconds(seconds.isNaN ? 0 : min(max(seconds, 0), 86_400)))
            giveUp(number)
        }
        defer { alarm.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: Result<[Delivery], BrokerError>? = state.withLock { state in
                    // Canceled meanwhile.
                    guard state.waiters.removeValue(forKey: number) != nil else { return .success([]) }
                    if let ready = state.next(limit) { return ready }
                    state.waiters[number] = Waiter(limit: limit, continuation: continuation)
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            giveUp(number)
        }
        return try result.get()
    }

    private func giveUp(_ number: Int) {
        let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
        waiter?.continuation?.resume(returning: .success([]))
    }

    /// Changes the state and serves those who need not wait any more, the first to come first.
    private func change(_ body: (inout State) -> Void) {
        let served = state.withLock { state in
            body(&state)
            var served: [(Waiter, Result<[Delivery], BrokerError>)] = []
            for (number, waiter) in state.waiters.sorted(by: { $0.key < $1.key }) where waiter.continuation != nil {
                guard let result = state.next(waiter.limit) else { break }
                state.waiters[number] = nil
                served.append((waiter, result))
            }
            return served
        }
        for (waiter, result) in served { waiter.continuation?.resume(returning: result) }
    }
}
