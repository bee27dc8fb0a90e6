import PaymentCore
import PaymentPartners
import PaymentSandbox

/// One field of a step: documented, checked and written from here.
package struct StepField: Sendable {
    package var name: String
    package var form: FieldForm
    package var isRequired = false
    /// One line.
    package var summary: String
}

extension StepKind {
    /// The fields of a step of this kind, besides `id`, `do`, `after_seconds`, `expect` and `note`.
    package var fields: [StepField] {
        switch self {
        case .bill:
            [
                StepField(
                    name: "restaurant", form: .restaurant, summary: "the restaurant; optional if there is only one"),
                StepField(name: "amount", form: .decimal, summary: "the amount of a bill of one line"),
                StepField(name: "currency", form: .text, summary: "the currency of amount; default RUB"),
                StepField(
                    name: "bill_id", form: .identifier, summary: "the restaurant's id of the bill; default a new one"),
                StepField(name: "bill", form: .object, summary: "the bill itself, in any form that qrpay reads"),
                StepField(name: "file", form: .text, summary: "a bill file, relative to the scenario's"),
            ]
        case .look: [.order, .guest]
        case .pay:
            [
                .order, .guest,
                StepField(
                    name: "card", form: .cards, summary: "the payment method, or several to try in turn"
                ),
                StepField(
                    name: "bill_version", form: .whole(1...1_000_000),
                    summary: "the version the guest saw; default they look first"),
                StepField(
                    name: "key", form: .text, summary: "the Idempotency-Key: a repeat is not a second attempt"),
                .wait("whether to wait for the outcome; default true"),
            ]
        case .wait: [.order, .guest]
        case .poll: [.order]
        case .refund:
            [
                .order, StepField(name: "amount", form: .decimal, summary: "default the whole remaining amount"),
                StepField(name: "reason", form: .text, summary: "for the journal"),
                StepField(name: "key", form: .text, summary: "the idempotency key: a repeat is not a second refund"),
                .wait("whether to wait for the outcome; default true"),
            ]
        case .cancel: [.order, StepField(name: "reason", form: .text, summary: "for the journal")]
        case .report:
            [
                .order, .guest, .operation,
                StepField(
                    name: "kind", form: .word(PaymentOperation.Kind.allCases.map(\.rawValue)), isRequired: true,
                    summary: "of the operation"),
                StepField(
                    name: "status", form: .word(PaymentOperation.Status.allCases.map(\.rawValue)), isRequired: true,
                    summary: "its status"),
                StepField(name: "amount", form: .decimal, summary: "the operation's amount; default the order's"),
                StepField(name: "reason", form: .text, summary: "why it failed"),
                StepField(name: "times", form: .whole(1...1000), summary: "how often it arrives; default once"),
            ]
        case .decide:
            [
                .order, .guest, .operation,
                StepField(
                    name: "status", form: .word(["succeeded", "failed", "lapsed"]), isRequired: true,
                    summary: "the decision"),
                StepField(name: "reason", form: .text, summary: "why it failed"),
            ]
        case .redeliver:
            [.order, .guest, StepField(name: "times", form: .whole(1...1000), summary: "how often; default once")]
        case .fault:
            [
                StepField(
                    name: "partner", form: .word(Partner.allCases.map(\.rawValue)), isRequired: true,
                    summary: "the partner"),
                StepField(
                    name: "kind", form: .word(FaultRule.Kind.allCases.map(\.rawValue)), isRequired: true, summary: "how"
                ),
                StepField(name: "method", form: .text, summary: "only requests of this method"),
                StepField(name: "route", form: .text, summary: "only paths with this prefix"),
                StepField(
                    name: "probability", form: .share, summary: "the probability that a request is hit; default 1"),
                StepField(name: "first", form: .whole(1...1_000_000), summary: "only the first N requests are hit"),
                StepField(
                    name: "milliseconds", form: .whole(0...600_000), summary: "the delay, or the length of silence"),
                StepField(name: "status", form: .whole(400...599), summary: "the status returned by the kind status"),
                StepField(
                    name: "seed", form: .whole(0...Int.max), summary: "the seed that selects requests for a probability"
                ),
            ]
        case .heal: [StepField(name: "fault", form: .text, summary: "${id.fault_id} of one fault; default all")]
        case .workers:
            [
                StepField(
                    name: "count", form: .whole(0...256), isRequired: true,
                    summary: "the number of concurrent tasks from now on"
                )
            ]
        case .work:
            [StepField(name: "limit", form: .whole(1...10_000), summary: "the maximum number of tasks; default one")]
        case .advance: [StepField(name: "seconds", form: .seconds, isRequired: true, summary: "the time to advance")]
        case .pause:
            [StepField(name: "seconds", form: .seconds, isRequired: true, summary: "the time to wait, or from and to")]
        case .quiet: []
        case .together:
            [StepField(name: "branches", form: .branches, isRequired: true, summary: "steps, or lists of steps")]
        case .crowd: Crowd.fields
        }
    }

    /// The results that other steps can refer to, `${id.field}`.
    package var results: [String] {
        switch self {
        case .bill: ["order_id", "deeplink", "bill_id", "restaurant", "outcome"]
        case .look: ["bill_version", "amount", "outcome"]
        case .pay: ["eda_order_id", "outcome"]
        case .refund: ["operation", "amount", "outcome"]
        case .fault: ["fault_id", "outcome"]
        case .work: ["attempts", "outcome"]
        default: ["outcome"]
        }
    }

    /// Whether an unexpected error is a failure of the scenario or the system rather than an outcome.
    var mustSucceed: Bool {
        switch self {
        case .look, .pay, .wait, .poll, .refund, .cancel, .report: false
        default: true
        }
    }
}

extension StepField {
    fileprivate static let order = StepField(
        name: "order", form: .text, isRequired: true,
        summary: "the order's id, ${id.order_id} of its bill, or a deeplink")
    fileprivate static let guest = StepField(
        name: "guest", form: .guest, isRequired: true, summary: "the user's id")
    fileprivate static let operation = StepField(
        name: "operation", form: .whole(1...1_000_000), isRequired: true,
        summary: "its number on the invoice: 1 is the first hold")
    fileprivate static func wait(_ summary: String) -> StepField {
        StepField(name: "wait", form: .flag, summary: summary)
    }
}
