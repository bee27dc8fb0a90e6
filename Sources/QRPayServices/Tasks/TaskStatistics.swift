package import QRPayDomain
package import QRPayStore

/// The state of the queue at a glance.
package struct TaskStatistics: Sendable {
    /// What throughput and times are taken over.
    package static let windowSeconds = 86_400.0

    package var depths: [TaskFigures.Depth]
    package var pauses: [TaskPause]
    /// What unfinished tasks failed with last; those without an error, or that only wait, are left out.
    package var errors: [TaskGroup]
    package var beyondAttempts: [TaskKind: Int]
    package var beyondAge: [TaskKind: Int]
    package var doneLastMinute: [TaskKind: Int]
    package var doneLastHour: [TaskKind: Int]
    package var doneLastDay: [TaskKind: Int]
    /// Receipts stored within the window.
    package var receipts: Int
    /// Half of them took no longer; nil when there is none.
    package var receiptSecondsP50: Double?
    package var receiptSecondsP95: Double?
    package var stagingFailures: TaskFigures.StagingFailures
    package var limits: MetricsReport.Limits
}

extension Tasks {
    package func statistics(limits: MetricsReport.Limits) async throws -> TaskStatistics {
        let now = services.world.now()
        return try await services.store.read { transaction in
            let figures = transaction.taskFigures
            let windows = [60, 3600, TaskStatistics.windowSeconds].map { now.advanced(bySeconds: -$0) }
            let done = try TaskKind.allCases.map { ($0, try figures.done($0, since: windows)) }
            func count(_ window: Int) -> [TaskKind: Int] {
                Dictionary(uniqueKeysWithValues: done.map { ($0, $1[window]) })
            }
            var unfinished = TaskFilter()
            unfinished.states = [.stuck, .running, .ready, .scheduled]
            let errors = try transaction.tasks.counts(unfinished, by: .error, at: now)
            let day = now.advanced(bySeconds: -TaskStatistics.windowSeconds)
            let receipts = try figures.secondsToReceipt(since: day)
            return TaskStatistics(
                depths: try figures.depths(at: now), pauses: try transaction.tasks.pausesInForce(),
                errors: errors.filter { group in
                    group.name.map { !AttemptClass.waiting.contains($0) } ?? false
                },
                beyondAttempts: try figures.tasks(beyondAttempts: limits.taskAttempts),
                beyondAge: try figures.tasks(unfinishedSince: now.advanced(bySeconds: -limits.taskAgeSeconds)),
                doneLastMinute: count(0), doneLastHour: count(1), doneLastDay: count(2),
                receipts: receipts.count, receiptSecondsP50: NearestRank.percentile(50, of: receipts),
                receiptSecondsP95: NearestRank.percentile(95, of: receipts),
                stagingFailures: try figures.stagingFailures(since: day), limits: limits)
        }
    }
}
