package import WorldKit

/// One entry of an order's history: when, who, what, from, to, why, and the ids involved.
package struct JournalEntry: Hashable, Sendable {
    package enum Event: String, CaseIterable, Codable, Sendable {
        case created
        case billChanged = "bill_changed"
        case paymentBegun = "payment_begun"
        case held
        case holdFailed = "hold_failed"
        case cleared
        case clearFailed = "clear_failed"
        case refundRequested = "refund_requested"
        case refunded
        case refundFailed = "refund_failed"
        case canceled, expired
        /// A duplicate, or a report about an older operation or a former payer: recorded, without effect.
        case callbackIgnored = "callback_ignored"
        case holdVoided = "hold_voided"
        /// A partner's report contradicts what it or we said before; it settled nothing.
        case partnerContradiction = "partner_contradiction"
        case cashbackPosted = "cashback_posted"
        /// A repair of the cashback service's ledger was requested.
        case cashbackRepairRequested = "cashback_repair_requested"
        case cashbackRepaired = "cashback_repaired"
        case receiptStored = "receipt_stored"
        case taskRequeued = "task_requeued"
        case taskCanceled = "task_canceled"
        /// A requeue or cancellation of a task was undone.
        case taskInterventionUndone = "task_intervention_undone"
        /// The payment continued without a task that the queue refused.
        case taskNotStaged = "task_not_staged"
    }

    package var at: Instant
    package var orderID: String
    package var event: Event
    package var from: OrderStatus?
    package var to: OrderStatus?
    package var actor: Actor
    /// Ids, amounts and reasons by name.
    package var detail: [String: String]

    package init(
        at: Instant, orderID: String, event: Event, from: OrderStatus? = nil, to: OrderStatus? = nil, actor: Actor,
        detail: [String: String] = [:]
    ) {
        self.at = at
        self.orderID = orderID
        self.event = event
        self.from = from
        self.to = to
        self.actor = actor
        self.detail = detail
    }
}

/// Who caused a change.
package enum Actor: Hashable, Sendable {
    /// The restaurant's point of sale.
    case iiko
    /// A guest, by uid.
    case guest(String)
    /// The payment system, by callback or when polled.
    case transactions
    /// A background task.
    case worker
    /// An anonymous person at the command line.
    case support
    /// A person at the command line, identified by account name.
    case person(String)

    /// `"iiko"`, `"guest:4001"`, `"support:anna"`.
    package var text: String {
        switch self {
        case .iiko: "iiko"
        case .guest(let uid): "guest:\(uid)"
        case .transactions: "transactions"
        case .worker: "worker"
        case .support: "support"
        case .person(let name): "support:\(name)"
        }
    }

    package init?(text: String) {
        switch text {
        case "iiko": self = .iiko
        case "transactions": self = .transactions
        case "worker": self = .worker
        case "support": self = .support
        default:
            if text.hasPrefix("guest:") {
                self = .guest(String(text.dropFirst("guest:".count)))
            } else if text.hasPrefix("support:") {
                self = .person(String(text.dropFirst("support:".count)))
            } else {
                return nil
            }
        }
    }
}
