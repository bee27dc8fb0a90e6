import PaymentCore
import QueueKit
import WorldKit

/// The cashback of an order that was requested and is not in the ledger yet, and the tasks that will post it.
struct CashbackOnItsWay {
    private let order: Order
    private let rows: [CashbackLedgerRow]
    private let records: [CashbackRepository.Record]
    /// Those that have not succeeded, oldest first.
    private let tasks: [QueuedTask]
    private let pause: TaskPause?
    /// Whether the ledger may be older than the last posting.
    let isPostedMeanwhile: Bool

    /// - Parameters:
    ///   - rows: the order's ledger.
    ///   - since: when reading the ledger began.
    init(
        of order: Order, rows: [CashbackLedgerRow], since: Instant, at now: Instant, in transaction: StoreTransaction
    ) throws {
        self.order = order
        self.rows = rows
        records = try transaction.cashback.entries(of: order)
        var filter = TaskFilter()
        (filter.kinds, filter.orderID) = ([.cashbackAccrue], order.orderID)
        tasks = try transaction.tasks.tasks(filter, at: now).filter { $0.state != .done }
            .sorted { $0.taskID < $1.taskID }
        pause = try transaction.tasks.pausesInForce().first { $0.kind == .cashbackAccrue }
        isPostedMeanwhile = try transaction.journal.entries(orderID: order.orderID).contains {
            $0.event == .cashbackPosted && $0.at > since
        }
    }

    /// Findings with the tasks they concern: what a task will still post is waiting.
    func explain(_ findings: [CashbackAudit.Finding]) -> [CashbackAudit.Finding] {
        if let task = tasks.first(where: { !$0.state.isFinal && $0.state != .stuck }) {
            let expected = expected(of: task)
            guard !expected.isEmpty else { return findings }
            return CashbackAudit.findings(
                of: order, rows: rows, expecting: expected, of: task.taskID, words: words(task))
        }
        // What a stuck or canceled task was to post will not arrive without intervention.
        guard let task = tasks.last, !unposted.isEmpty else { return findings }
        return findings.map { finding in
            var finding = finding
            finding.taskID = task.taskID
            finding.explanation += "; task \(task.taskID), which was to post it, is \(task.state.rawValue)"
            return finding
        }
    }

    private var unposted: [CashbackEntry] {
        let keys = Set(rows.map(\.entry.key))
        return records.filter { !$0.isPosted && !keys.contains($0.entry.key) }.map(\.entry)
    }

    /// What the task still posts, judging by the ledger.
    private func expected(of task: QueuedTask) -> [CashbackEntry] {
        guard task.isCashbackRepair else { return unposted }
        return (try? CashbackRepair(order, records: records, ledger: rows).entries) ?? []
    }

    private func words(_ task: QueuedTask) -> String {
        let name = "task \(task.taskID)"
        switch task.state {
        case _ where pause != nil && task.state != .running:
            let reason = pause.map { $0.reason.isEmpty ? "" : ": \($0.reason)" } ?? ""
            return "\(name) is paused with its kind by \(pause?.pausedBy ?? "an unknown actor")\(reason)"
        case .running: return "\(name) is running"
        case .scheduled: return "\(name) runs again at \(task.nextAttemptAt.rfc3339)"
        case .ready, .waiting, .stuck, .done, .canceled: return "\(name) is \(task.state.rawValue)"
        }
    }
}
