import CommandLineKit
import JSONKit
import PaymentCore
import WorldKit

/// A line of an order's history.
struct JournalOutput: Listed {
    var entry: JournalEntry

    var json: JSONObject {
        [
            "at": entry.at.rfc3339, "order_id": entry.orderID, "event": entry.event.rawValue,
            "from": entry.from?.rawValue, "to": entry.to?.rawValue, "actor": entry.actor.text, "detail": entry.detail,
        ]
    }

    static let columns = [
        TextTable.Column("AT", isShrinkable: false), TextTable.Column("EVENT", isShrinkable: false),
        TextTable.Column("STATUS", isShrinkable: false), TextTable.Column("WHAT HAPPENED", isShrinkable: false),
    ]

    var cells: [TextTable.Cell] {
        [
            TextTable.Cell(entry.at.rfc3339), TextTable.Cell(entry.event.rawValue),
            TextTable.Cell(entry.to?.rawValue ?? "-", effect: entry.to?.effect), TextTable.Cell(story),
        ]
    }

    /// The entry as a sentence, for readers who do not know the protocol.
    private var story: String {
        let amount = entry.detail["amount"] ?? "an amount"
        let number = entry.detail["operation"].map { "operation \($0)" } ?? "an operation"
        let why = entry.detail["reason"].map { ": \($0)" } ?? ""
        switch entry.event {
        case .created:
            return "\(who) sent bill \(entry.detail["internal_order_id"] ?? "?") for \(amount)"
        case .billChanged:
            return "\(who) reprinted the bill: \(amount) instead of \(entry.detail["previous_amount"] ?? "?")"
        case .paymentBegun:
            let method = entry.detail["payment_method_id"] ?? "?"
            return "\(who) started to pay \(amount) with \(method) (\(number) of \(invoice))"
        case .held: return "\(amount) is held on the guest's card (\(number))"
        case .holdFailed:
            return "the hold \(outcome)\(why) (\(number)); this or another guest may pay"
        case .cleared: return "\(amount) is captured (\(number)): the order is paid"
        case .clearFailed: return "the capture \(outcome)\(why) (\(number)); the order stays unpaid"
        case .refundRequested: return "\(who) requested a refund of \(amount)\(why) (\(number))"
        case .refunded: return "\(amount) is refunded (\(number))"
        case .refundFailed: return "the refund of \(amount) \(outcome)\(why) (\(number))"
        case .canceled: return "\(who) canceled the order\(why)"
        case .expired: return "the order expired unpaid"
        case .callbackIgnored:
            let kind = entry.detail["kind"] ?? "operation"
            return "a report that the \(kind) \(outcome) changed nothing: \(ignored) (\(number) of \(invoice))"
        case .holdVoided: return "an unneeded hold was released: \(outcome) (\(number) of \(invoice))"
        case .partnerContradiction:
            return "task \(entry.detail["task_id"] ?? "?") got stuck, and nothing was settled: "
                + (entry.detail["message"] ?? "a partner contradicts itself")
        case .cashbackPosted:
            let verb = entry.detail["kind"] == "clawback" ? "was taken back from" : "was credited to"
            return "\(amount) cashback \(verb) guest \(entry.detail["uid"] ?? "?")"
        case .cashbackRepairRequested:
            return "\(who) requested a cashback repair, by task \(entry.detail["task_id"] ?? "?")\(why)"
        case .cashbackRepaired:
            let entries = entry.detail["entries"] ?? "nothing, the cashback service has it"
            return "the cashback repair is posted: \(entries)"
        case .receiptStored:
            return "receipt \(entry.detail["document_id"] ?? "?") for \(entry.detail["cost"] ?? "?") was stored"
        case .taskRequeued: return "\(who) requeued \(task)\(why)"
        case .taskCanceled: return "\(who) canceled \(task)\(why)"
        case .taskInterventionUndone: return "\(who) restored \(task) to its earlier state"
        case .taskNotStaged:
            return "the queue refused a task (\(entry.detail["kind"] ?? "?")) for \(entry.detail["key"] ?? "?")\(why)"
        }
    }

    private var task: String { "task \(entry.detail["task_id"] ?? "?") (\(entry.detail["kind"] ?? "?"))" }

    private var who: String {
        switch entry.actor {
        case .iiko: "iiko"
        case .guest(let uid): "guest \(uid)"
        case .transactions: "transactions"
        case .worker: "a worker"
        case .support: "support"
        case .person(let name): name
        }
    }

    private var outcome: String { entry.detail["outcome"] ?? "failed" }
    private var invoice: String { entry.detail["invoice_id"] ?? entry.detail["eda_order_id"] ?? "?" }

    private var ignored: String {
        switch entry.detail["why"] {
        case "late_hold_of_former_attempt": "it belongs to an earlier payment attempt, and its hold is being released"
        case "not_the_current_operation": "it is not about the current operation"
        case "other_kind_or_amount": "its kind or amount differs from the request"
        case "contradicts_what_is_known": "it contradicts what is known, and the invoice is being checked"
        case let why: why ?? "?"
        }
    }
}
