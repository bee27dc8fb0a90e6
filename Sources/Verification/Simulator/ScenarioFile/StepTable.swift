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
    /// What a step of this kind may say, beside `id`, `do`, `after_seconds`, `expect` and `note`.
    package var fields: [StepField] {
        switch self {
        case .bill:
            [
                StepField(name: "restaurant", form: .restaurant, summary: "whose bill; the only one may be left out"),
                StepField(name: "amount", form: .decimal, summary: "a bill of one line"),
                StepField(name: "currency", form: .text, summary: "of amount; RUB without it"),
                StepField(name: "bill_id", form: .identifier, summary: "the restaurant's id; a new one without it"),
                StepField(name: "bill", form: .object, summary: "the bill itself, in a form that qrpay reads"),
                StepField(name: "file", form: .text, summary: "a bill's file, beside the scenario's"),
            ]
        case .look: [.order, .guest]
        case .pay:
            [
                .order, .guest,
                StepField(
                    name: "card", form: .cards, summary: "the payment method, or several: the next when one is declined"
                ),
                StepField(
                    name: "bill_version", form: .whole(1...1_000_000), summary: "what the guest saw; else they look"),
                StepField(
                    name: "key", form: .text, summary: "the Idempotency-Key: the same again is no second attempt"),
                .wait("the outcome is waited for, which is so without it"),
            ]
        case .wait: [.order, .guest]
        case .poll: [.order]
        case .refund:
            [
                .order, StepField(name: "amount", form: .decimal, summary: "all that is left without it"),
                StepField(name: "reason", form: .text, summary: "for the journal"),
                StepField(name: "key", form: .text, summary: "the same again is no second refund"),
                .wait("the outcome is waited for, which is so without it"),
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
                    summary: "what became of it"),
                StepField(name: "amount", form: .decimal, summary: "of the operation; the order's without it"),
                StepField(name: "reason", form: .text, summary: "why it failed"),
                StepField(name: "times", form: .whole(1...1000), summary: "how often it arrives; once without it"),
            ]
        case .decide:
            [
                .order, .guest, .operation,
                StepField(
                    name: "status", form: .word(["succeeded", "failed", "lapsed"]), isRequired: true,
                    summary: "what becomes of it"),
                StepField(name: "reason", form: .text, summary: "why it failed"),
            ]
        case .redeliver:
            [.order, .guest, StepField(name: "times", form: .whole(1...1000), summary: "how often; once without it")]
        case .fault:
            [
                StepField(
                    name: "partner", form: .word(Partner.allCases.map(\.rawValue)), isRequired: true,
                    summary: "who misbehaves"),
                StepField(
                    name: "kind", form: .word(FaultRule.Kind.allCases.map(\.rawValue)), isRequired: true, summary: "how"
                ),
                StepField(name: "method", form: .text, summary: "only requests of this method"),
                StepField(name: "route", form: .text, summary: "only paths that begin like this"),
                StepField(name: "probability", form: .share, summary: "how likely a request is hit; always without it"),
                StepField(name: "first", form: .whole(1...1_000_000), summary: "only the first so many are hit"),
                StepField(name: "milliseconds", form: .whole(0...600_000), summary: "how late, or how long silent"),
                StepField(name: "status", form: .whole(400...599), summary: "what the kind status answers"),
                StepField(name: "seed", form: .whole(0...Int.max), summary: "which requests a probability hits"),
            ]
        case .heal: [StepField(name: "fault", form: .text, summary: "${id.fault_id} of one; all without it")]
        case .workers:
            [
                StepField(
                    name: "count", form: .whole(0...256), isRequired: true, summary: "so many tasks at once from now on"
                )
            ]
        case .work: [StepField(name: "limit", form: .whole(1...10_000), summary: "at most so many; one without it")]
        case .advance: [StepField(name: "seconds", form: .seconds, isRequired: true, summary: "how far")]
        case .pause: [StepField(name: "seconds", form: .seconds, isRequired: true, summary: "how long, or from and to")]
        case .quiet: []
        case .together:
            [StepField(name: "branches", form: .branches, isRequired: true, summary: "steps, or lists of steps")]
        case .crowd: Crowd.fields
        }
    }

    /// What may be referred to, `${id.field}`, once a step has been done.
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

    /// Whether an error that nobody expected is a fault of the scenario or of the system, and no possible outcome.
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
