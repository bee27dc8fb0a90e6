package import PaymentCore
package import QueueKit
package import WorldKit

/// What an order waits for, and what would advance it.
package struct OrderExplanation: Hashable, Sendable {
    package enum Wait: Hashable, Sendable {
        case guest
        /// A hold failed; another attempt to pay is possible.
        case anotherAttempt(reason: String)
        case holdDecision
        case capture
        case afterPayment(AfterPayment)
        /// The held money could not be captured, and the order stays unpaid.
        case nothingAfterFailedClear
        case nothingAfterCancellation
        case nothingAfterExpiry
        /// Transactions contradicts itself, and the money may have been captured.
        case support
    }

    /// What is unfinished of a paid order.
    package struct AfterPayment: Hashable, Sendable {
        package var pendingRefunds: Int
        package var missingReceipts: Int
        /// The last error of a task that fetches a receipt.
        package var receiptFailure: String?
        /// Receipts whose task the queue refused.
        package var receiptsNeverRequested: Int
        package var isCashbackToBePosted: Bool
    }

    /// What happens next automatically, and what an operator could do.
    package enum Move: Hashable, Sendable {
        case guestPays
        case iikoCancels
        case expiry
        case callback
        /// An undecided hold is voided then.
        case voiding(at: Instant)
        case guestPaysAtRestaurant
        case waiterSendsBill
        case transactionsExplains(invoiceID: String)
        case task(QueuedTask, pausedBy: TaskPause?)
        /// Requests the receipts that were never requested.
        case backfill
    }

    package var order: Order
    package var waitsFor: Wait
    package var movedBy: [Move]

    package init(_ details: Orders.Details, settings: Settings) {
        order = details.order
        switch order.status {
        case .pending:
            waitsFor = .guest
            movedBy = Self.movesOfOpenOrder
        case .holdFailed:
            let reason = details.operations.last { $0.operation.kind == .hold }?.operation.reason
            waitsFor = .anotherAttempt(reason: reason ?? "no reason given")
            movedBy = Self.movesOfOpenOrder
        case .holding:
            waitsFor = .holdDecision
            movedBy = [.callback]
            // This is the task that voids it.
            if details.tasks.contains(where: { $0.kind == .paymentSettle && $0.willRun }) {
                let begun = order.beganAt ?? order.updatedAt
                movedBy.append(.voiding(at: begun.advanced(bySeconds: settings.holdTimeoutSeconds)))
            }
        case .held:
            waitsFor = .capture
            movedBy = [.callback]
        case .cleared, .refunded:
            waitsFor = .afterPayment(AfterPayment(details))
            movedBy = []
        case .clearFailed:
            waitsFor = .nothingAfterFailedClear
            movedBy = [.guestPaysAtRestaurant]
        case .canceled:
            waitsFor = .nothingAfterCancellation
            movedBy = [.waiterSendsBill]
        case .expired:
            waitsFor = .nothingAfterExpiry
            movedBy = [.waiterSendsBill]
        }
        if let contradicted = details.tasks.first(where: \.isContradicted) {
            // Never send a guest to pay at the restaurant when the money may have been captured.
            waitsFor = .support
            movedBy = [.transactionsExplains(invoiceID: contradicted.payload["invoice_id"] ?? "?")]
        }
        movedBy += details.tasks.filter { $0.isWanted && $0.kind != .orderExpire }.map { task in
            .task(task, pausedBy: details.pauses.first { $0.kind == task.kind })
        }
        if !details.forgotten.isEmpty { movedBy.append(.backfill) }
    }

    private static let movesOfOpenOrder: [Move] = [.guestPays, .iikoCancels, .expiry]
}

extension OrderExplanation.AfterPayment {
    fileprivate init(_ details: Orders.Details) {
        let receipts = details.tasks.filter { $0.kind == .receiptFetch && $0.isWanted }
        pendingRefunds = details.operations.count { $0.operation.kind == .refund && !$0.operation.status.isFinal }
        missingReceipts = receipts.count
        receiptFailure = receipts.lazy.compactMap(\.failure).first
        receiptsNeverRequested = details.forgotten.count
        isCashbackToBePosted = details.tasks.contains { $0.kind == .cashbackAccrue && $0.isWanted }
    }
}

extension QueuedTask {
    /// The process that runs it, `process 17 on host`.
    package var holder: String { WorkerName.prose(leasedBy) }

    /// The last error; nil when the task only waits.
    fileprivate var failure: String? {
        guard let errorClass, !AttemptClass.waiting.contains(errorClass) else { return nil }
        return [errorClass, errorMessage].compactMap(\.self).joined(separator: ": ")
    }

    fileprivate var isContradicted: Bool {
        kind == .paymentSettle && state == .stuck && errorClass == Problem.partnerContradiction
    }

    /// Whether it will still run automatically.
    fileprivate var willRun: Bool { !state.isFinal && state != .stuck }

    /// Whether its purpose is unfulfilled: canceling a task does not do its work.
    fileprivate var isWanted: Bool { !state.isFinal || state == .canceled }
}
