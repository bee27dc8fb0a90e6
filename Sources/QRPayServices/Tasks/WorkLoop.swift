package import QRPayDomain

/// Runs a worker until the queue is drained, or until it is told to stop.
package struct WorkLoop: Sendable {
    private let services: Services
    private let worker: Worker

    package var kinds: [TaskKind] = TaskKind.allCases
    package var orderID: String?
    /// How many tasks run at once.
    package var concurrency = 8
    /// The longest time without a look at the queue: another process may have staged something.
    package var pollSeconds = 0.5
    /// Called with every attempt's ending, one at a time.
    package var report: @Sendable (Worker.Attempt) async -> Void = { _ in }

    package init(_ services: Services, worker: Worker) {
        self.services = services
        self.worker = worker
    }

    package struct Summary: Hashable, Sendable {
        package var done = 0
        package var postponed = 0
        package var stuck = 0
        /// Waiting tasks that were not waited for, after a drain.
        package var nextDue: Instant?
    }

    /// Runs what is due, and waits for what becomes due within `horizonSeconds`, until there is nothing more or the task
    /// is canceled; what runs then is finished first.
    package func drain(horizonSeconds: Double) async throws -> Summary {
        var summary = Summary()
        while !Task.isCancelled {
            if try await runOnce(into: &summary) { continue }
            do {
                summary.nextDue = try await worker.nextDue(kinds: kinds, orderID: orderID)
                guard let next = summary.nextDue else { break }
                let wait = next.seconds(since: services.world.now())
                if wait > horizonSeconds { break }
                try await services.world.sleep(min(max(wait, 0.01), pollSeconds))
            } catch is CancellationError {
                break
            }
        }
        return summary
    }

    /// Runs what becomes due until the task is canceled; what runs then is finished first.
    package func run() async throws -> Summary {
        var summary = Summary()
        while !Task.isCancelled {
            if try await runOnce(into: &summary) { continue }
            do { try await services.world.sleep(pollSeconds) } catch is CancellationError { break }
        }
        return summary
    }

    /// - Returns: whether there was anything to do.
    private func runOnce(into summary: inout Summary) async throws -> Bool {
        // A task of its own: what is under way is not canceled with the loop.
        let attempts = try await Task {
            try await worker.rescueTasksOfDeadWorkers()
            return try await worker.runDue(kinds: kinds, orderID: orderID, limit: concurrency)
        }.value
        for attempt in attempts {
            switch attempt.ending {
            case .done: summary.done += 1
            case .postponed: summary.postponed += 1
            case .stuck: summary.stuck += 1
            case .leaseLost: break
            }
            await report(attempt)
        }
        return !attempts.isEmpty
    }
}
