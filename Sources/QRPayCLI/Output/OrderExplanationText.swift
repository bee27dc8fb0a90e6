import EncodingKit
import PaymentCore
import Payments
import QueueKit
import WorldKit

/// An order's explanation in sentences for an operator.
extension OrderExplanation {
    var waitText: String {
        switch waitsFor {
        case .guest: "a guest who scans the QR code and pays \(order.amount)"
        case .anotherAttempt(let reason):
            "another attempt to pay: the hold of guest \(order.uid ?? "?") failed (\(reason))"
        case .holdDecision: "transactions to decide the hold of \(order.amount) for guest \(order.uid ?? "?")"
        case .capture: "transactions to capture the \(order.amount) held"
        case .afterPayment(let rest): rest.text
        case .nothingAfterFailedClear:
            "nothing: the held money could not be captured, and the order stays unpaid"
        case .nothingAfterCancellation: "nothing: it was canceled"
        case .nothingAfterExpiry: "nothing: it expired unpaid at \(order.expiresAt.rfc3339)"
        case .support: "support: transactions contradicts itself, and the money may have been captured"
        }
    }

    var moveTexts: [String] { movedBy.map { $0.text(of: order) } }
}

extension OrderExplanation.AfterPayment {
    fileprivate var text: String {
        var parts: [String] = []
        if pendingRefunds > 0 { parts.append("\(pendingRefunds.counted("refund")) on the way") }
        if missingReceipts > 0 {
            let failure = receiptFailure.map { ", which last failed with \($0)" }
            parts.append(missingReceipts.counted("receipt") + (failure ?? " of Eda"))
        }
        if receiptsNeverRequested > 0 {
            parts.append(
                receiptsNeverRequested == 1
                    ? "a receipt was never requested: qrpay task backfill"
                    : "\(receiptsNeverRequested) receipts were never requested: qrpay task backfill")
        }
        if isCashbackToBePosted { parts.append("cashback to be posted") }
        return parts.isEmpty
            ? "nothing: it is paid, and all its tasks are done" : parts.joined(separator: " and ")
    }
}

extension OrderExplanation.Move {
    fileprivate func text(of order: Order) -> String {
        switch self {
        case .guestPays: "a guest pays"
        case .iikoCancels: "iiko cancels it"
        case .expiry: "at \(order.expiresAt.rfc3339) it expires"
        case .callback: "a callback of transactions"
        case .voiding(let instant): "at \(instant.rfc3339) an undecided hold is voided"
        case .guestPaysAtRestaurant: "the guest pays at the restaurant, or the waiter sends a new bill"
        case .waiterSendsBill: "the waiter sends a new bill"
        case .transactionsExplains(let id): "transactions says what is true of invoice \(id)"
        case .task(let task, let pause): Self.text(task, pausedBy: pause)
        case .backfill: "'qrpay task backfill --order \(order.orderID) --yes'"
        }
    }

    private static func text(_ task: QueuedTask, pausedBy pause: TaskPause?) -> String {
        let name = "task \(task.taskID) (\(task.kind.rawValue))"
        let error = task.errorMessage.map { "; last time: \($0)" } ?? ""
        switch task.state {
        case .running: return "\(name) is running at \(task.holder)"
        case .canceled: return "\(name) was canceled: 'qrpay task requeue \(task.taskID)' runs it again\(error)"
        case .stuck:
            let attempts = task.attempts.counted("attempt")
            return "\(name) gave up after \(attempts): 'qrpay task requeue \(task.taskID)'\(error)"
        case _ where pause != nil:
            let reason = pause.map { $0.reason.isEmpty ? "" : " (\($0.reason))" } ?? ""
            return "\(name) is paused with its kind\(reason): 'qrpay task resume \(task.kind.rawValue)'\(error)"
        case .ready: return "\(name) is due and needs a worker: 'qrpay work'\(error)"
        case .waiting: return "\(name) waits for an older task\(error)"
        case .scheduled, .done: return "\(name) runs again at \(task.nextAttemptAt.rfc3339)\(error)"
        }
    }
}
