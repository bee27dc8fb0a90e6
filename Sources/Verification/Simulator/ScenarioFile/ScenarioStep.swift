package import JSONKit
import PaymentCore

/// One step of a scenario.
package struct ScenarioStep: Hashable, Sendable {
    /// What other steps refer to it by, `${id.field}`; nil where none does.
    package var id: String?
    package var kind: StepKind
    /// By the names of ``StepKind/fields``; texts may hold references.
    package var fields: JSONObject
    /// What a ``StepKind/together`` step does at once: each a list of steps in their order.
    package var branches: [[ScenarioStep]]
    /// The time before it begins, in seconds, from and to; chance chooses.
    package var after: ClosedRange<Double>?
    package var expect: StepExpectation?
    /// Where it stands, `steps[2].branches[0]`.
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

    /// What reports call it.
    package var name: String { id ?? place }
}

/// What must come of a step. Outcomes are one word: a status, or the code of an error.
package enum StepExpectation: Hashable, Sendable {
    /// Its outcome is one of these.
    case outcome([String])
    /// So many of the steps within it have these outcomes; others do not matter.
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
        case .pay: "a guest pays, and waits for what comes of it"
        case .wait: "a guest waits for what comes of a payment"
        case .poll: "iiko asks how far the order is"
        case .refund: "the support gives money back"
        case .cancel: "the support closes an unpaid order"
        case .report: "a report about an operation arrives, whoever sent it"
        case .decide: "a bank or a guest decides a pending operation, or a live hold lapses"
        case .redeliver: "transactions reports everything about an invoice again"
        case .fault: "a partner misbehaves from now on"
        case .heal: "partners recover"
        case .workers: "the workers there are end, what they do is broken off, and as many begin as are asked for"
        case .work: "due tasks are run now, by a worker of its own"
        case .advance: "the clocks of the system and of the sandbox jump ahead"
        case .pause: "nothing is done for a while"
        case .quiet: "nothing is done until nothing is under way any more"
        case .together: "several things are done at once"
        case .crowd: "many guests come, as chance will have it"
        }
    }
}
