import EncodingKit
import PaymentCore
import QueueKit
import WorldKit

/// The queue's metrics; alerts depend on them.
struct TaskMetrics {
    let limits: MetricsReport.Limits
    let now: Instant

    init(limits: MetricsReport.Limits, at now: Instant) {
        self.limits = limits
        self.now = now
    }

    func write(_ transaction: StoreTransaction, to text: inout MetricsText) throws {
        let figures = TaskFigures(transaction.tasks)
        let unfinished = try figures.unfinished(
            at: now, attempts: limits.taskAttempts, since: now.advanced(bySeconds: -limits.taskAgeSeconds))
        writeDepths(unfinished, to: &text)
        writeOverdue(unfinished, to: &text)
        text.add(
            "qrpay_tasks_not_staged_total", .counter,
            "Optional tasks that the queue refused, in all processes.",
            try figures.stagingFailures(since: now).total)
        let done = "qrpay_tasks_done_last_minute"
        text.family(done, .gauge, "Tasks completed within the last minute, by kind, in all processes.")
        for kind in TaskKind.payments {
            let count = try figures.done(kind, since: [now.advanced(bySeconds: -60)])[0]
            text.sample(done, [("kind", kind.rawValue)], "\(count)")
        }
        let seconds = try transaction.receipts.secondsToReceipt(
            since: now.advanced(bySeconds: -TaskStatistics.windowSeconds))
        let receipt = "qrpay_receipt_seconds"
        text.family(receipt, .gauge, "Time from a payment or refund to its receipt, over the last day, by quantile.")
        for percent in [50, 95] {
            guard let value = NearestRank.percentile(percent, of: seconds) else { continue }
            text.sample(receipt, [("quantile", "\(Double(percent) / 100)")], "\(value)")
        }
    }

    private func writeDepths(_ depths: [UnfinishedTasks], to text: inout MetricsText) {
        func of(_ kind: TaskKind, _ states: Set<TaskState>) -> [UnfinishedTasks] {
            depths.filter { $0.kind == kind && states.contains($0.state) }
        }
        text.family("qrpay_tasks", .gauge, "Unfinished tasks, by kind and state; ready ones may be due later.")
        for kind in TaskKind.payments {
            for (name, states) in Self.states {
                let count = of(kind, states).reduce(0) { $0 + $1.count }
                text.sample("qrpay_tasks", [("kind", kind.rawValue), ("state", name)], "\(count)")
            }
        }
        let age = "qrpay_tasks_waiting_seconds"
        text.family(age, .gauge, "How long the oldest due task has waited for a worker, by kind.")
        for kind in TaskKind.payments {
            let seconds = of(kind, [.ready]).compactMap(\.since).map { now.seconds(since: $0) }.max() ?? 0
            text.sample(age, [("kind", kind.rawValue)], "\(seconds)")
        }
    }

    private static let states: [(String, Set<TaskState>)] = [
        ("ready", [.ready, .scheduled]), ("running", [.running]), ("stuck", [.stuck]),
    ]

    private func writeOverdue(_ unfinished: [UnfinishedTasks], to text: inout MetricsText) {
        let overdue = "qrpay_tasks_overdue"
        text.family(
            overdue, .gauge,
            "Unfinished tasks of more than \(limits.taskAttempts) attempts, or older than "
                + "\(Int(limits.taskAgeSeconds)) seconds.")
        let byReason = [
            ("attempts", unfinished.counts(\.overAttempts)), ("age", unfinished.counts(\.overAge)),
        ]
        for (reason, counts) in byReason {
            for kind in TaskKind.payments {
                text.sample(overdue, [("kind", kind.rawValue), ("reason", reason)], "\(counts[kind] ?? 0)")
            }
        }
    }
}
