import EncodingKit
import PaymentCore
import QueueKit
import WorldKit

/// What an order waits for, and what would advance it, in sentences for an operator.
package struct OrderExplanation: Hashable, Sendable {
    package var waitsFor: String
    /// What happens next automatically, and what an operator could do.
    package var movedBy: [String]

    package init(_ details: Orders.Details, settings: Settings) {
        let order = details.order
        switch order.status {
        case .pending:
            waitsFor = "a guest who scans the QR code and pays \(order.amount)"
            movedBy = Self.openOrder(order)
        case .holdFailed:
            let why = details.operations.last { $0.operation.kind == .hold }?.operation.reason ?? "no reason given"
            waitsFor = "another attempt to pay: the hold of guest \(order.uid ?? "?") failed (\(why))"
            movedBy = Self.openOrder(order)
        case .holding:
            let deadline = (order.beganAt ?? order.updatedAt).advanced(bySeconds: settings.holdTimeoutSeconds)
            waitsFor = "transactions to decide the hold of \(order.amount) for guest \(order.uid ?? "?")"
            movedBy = ["a callback of transactions"]
            // This is the task that voids it.
            if details.tasks.contains(where: { $0.kind == .paymentSettle && Self.isLooking($0) }) {
                movedBy.append("at \(deadline.rfc3339) an undecided hold is voided")
            }
        case .held:
            waitsFor = "transactions to capture the \(order.amount) held"
            movedBy = ["a callback of transactions"]
        case .cleared, .refunded:
            waitsFor = Self.afterPayment(details)
            movedBy = []
        case .clearFailed:
            waitsFor = "nothing: the held money could not be captured, and the order stays unpaid"
            movedBy = ["the guest pays at the restaurant, or the waiter sends a new bill"]
        case .canceled:
            waitsFor = "nothing: it was canceled"
            movedBy = ["the waiter sends a new bill"]
        case .expired:
            waitsFor = "nothing: it expired unpaid at \(order.expiresAt.rfc3339)"
            movedBy = ["the waiter sends a new bill"]
        }
        if let contradicted = details.tasks.first(where: Self.isContradicted) {
            // Never send a guest to pay at the restaurant when the money may have been captured.
            waitsFor = "support: transactions contradicts itself, and the money may have been captured"
            movedBy = ["transactions says what is true of invoice \(contradicted.payload["invoice_id"] ?? "?")"]
        }
        movedBy += details.tasks.filter { Self.isWanted($0) && $0.kind != .orderExpire }.map { task in
            Self.task(task, pausedBy: details.pauses.first { $0.kind == task.kind })
        }
        if !details.forgotten.isEmpty { movedBy.append("'qrpay task backfill --order \(order.orderID) --yes'") }
    }

    private static func openOrder(_ order: Order) -> [String] {
        ["a guest pays", "iiko cancels it", "at \(order.expiresAt.rfc3339) it expires"]
    }

    private static func afterPayment(_ details: Orders.Details) -> String {
        var parts: [String] = []
        let refunds = details.operations.filter { $0.operation.kind == .refund && !$0.operation.status.isFinal }
        if !refunds.isEmpty { parts.append("\(refunds.count.counted("refund")) on the way") }
        let receipts = details.tasks.filter { $0.kind == .receiptFetch && isWanted($0) }
        if !receipts.isEmpty {
            let failure = receipts.lazy.compactMap(failure).first.map { ", which last failed with \($0)" }
            parts.append(receipts.count.counted("receipt") + (failure ?? " of Eda"))
        }
        let forgotten = details.forgotten.count
        if forgotten > 0 {
            parts.append(
                forgotten == 1
                    ? "a receipt was never requested: qrpay task backfill"
                    : "\(forgotten) receipts were never requested: qrpay task backfill")
        }
        let cashback = details.tasks.filter { $0.kind == .cashbackAccrue && isWanted($0) }
        if !cashback.isEmpty { parts.append("cashback to be posted") }
        return parts.isEmpty
            ? "nothing: it is paid, and all its tasks are done" : parts.joined(separator: " and ")
    }

    /// The task's last error; nil when it only waits.
    private static func failure(_ task: QueuedTask) -> String? {
        guard let errorClass = task.errorClass, !AttemptClass.waiting.contains(errorClass) else { return nil }
        return [errorClass, task.errorMessage].compactMap(\.self).joined(separator: ": ")
    }

    private static func isContradicted(_ task: QueuedTask) -> Bool {
        task.kind == .paymentSettle && task.state == .stuck && task.errorClass == Problem.partnerContradiction
    }

    /// Whether the task will still run automatically.
    private static func isLooking(_ task: QueuedTask) -> Bool { !task.state.isFinal && task.state != .stuck }

    /// Whether the task's purpose is unfulfilled: canceling a task does not do its work.
    private static func isWanted(_ task: QueuedTask) -> Bool { !task.state.isFinal || task.state == .canceled }

    private static func task(_ task: QueuedTask, pausedBy pause: TaskPause?) -> String {
        let name = "task \(task.taskID) (\(task.kind.rawValue))"
        let error = task.errorMessage.map { "; last time: \($0)" } ?? ""
        switch task.state {
        case .running: return "\(name) is running at \(WorkerName.prose(task.leasedBy))"
        case .canceled: return "\(name) was canceled: 'qrpay task requeue \(task.taskID)' runs it again\(error)"
        case .stuck:
            let attempts = task.attempts.counted("attempt")
            return "\(name) gave up after \(attempts): 'qrpay task requeue \(task.taskID)'\(error)"
        case _ where pause != nil:
            let reason = pause.map { $0.reason.isEmpty ? "" : " (\($0.reason))" } ?? ""
            return "\(name) is paused with its kind\(reason): 'qrpay task resume \(task.kind.rawValue)'\(error)"
        case .ready: return "\(name) is due and needs a worker: 'qrpay work'\(error)"
        case .scheduled, .done: return "\(name) runs again at \(task.nextAttemptAt.rfc3339)\(error)"
        }
    }
}
