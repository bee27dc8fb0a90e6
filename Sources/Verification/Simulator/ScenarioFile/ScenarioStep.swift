package import JSONKit
import PaymentCore

/// One step of a scenario.
package struct ScenarioStep: Hashable, Sendable {
    /// The id for references by other steps, `${id.field}`; nil for none.
    package var id: String?
    package var kind: StepKind
    /// By the names of ``StepKind/fields``; texts may hold references.
    package var fields: JSONObject
    /// The parallel branches of a ``StepKind/together`` step, each a list of steps.
    package var branches: [[ScenarioStep]]
    /// The delay before it starts, in seconds, from and to; chosen at random.
    package var after: ClosedRange<Double>?
    package var expect: StepExpectation?
    /// Its place, `steps[2].branches[0]`.
    package var place: String

    package init(
        _ kind: StepKind, id: String? = nil, _ fields: JSONObject = [:], branches: [[ScenarioStep]] = [],
        after: ClosedRange<Double>? = nil, expect: StepExpectation? = nil, place: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.fields = fields
        self.branches = branches
        self.after = after
        self.expect = expect
        self.place = place
    }

    /// Its name in reports.
    package var name: String { id ?? place }
}

/// The expected outcome of a step. Outcomes are one word: a status or an error code.
package enum StepExpectation: Hashable, Sendable {
    /// Its outcome is one of these.
    case outcome([String])
    /// The number of nested steps with each outcome; others are ignored.
    case counts([String: Int])
}

/// What a step does.
package enum StepKind: String, CaseIterable, Hashable, Sendable {
    case bill, look, pay, wait, poll, refund, cancel, report, decide, redeliver, fault, heal, workers, work, advance,
        pause,
        quiet, together, crowd

    /// One line.
    package var summary: String {
        switch self {
        case .bill: "iiko sends a bill"
        case .look: "a guest scans the QR code"
        case .pay: "a guest pays, and waits for the outcome"
        case .wait: "a guest waits for the outcome of a payment"
        case .poll: "iiko polls the order's status"
        case .refund: "the support makes a refund"
        case .cancel: "the support cancels an unpaid order"
        case .report: "a report about an operation arrives"
        case .decide: "a bank or a guest decides a pending operation, or a live hold lapses"
        case .redeliver: "transactions reports everything about an invoice again"
        case .fault: "a fault of a partner starts"
        case .heal: "faults of partners end"
        case .workers: "the current workers are killed in the middle of their tasks, and new ones start"
        case .work: "due tasks run now, in a separate worker"
        case .advance: "the clocks of the system and the sandbox advance"
        case .pause: "wait"
        case .quiet: "wait until all work is done"
        case .together: "several branches run in parallel"
        case .crowd: "many guests act at random"
        }
    }
}
