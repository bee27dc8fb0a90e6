import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

extension Machine {
    /// The resulting state of a step, and its footprint.
    func execute(_ step: Step, from state: State) throws -> (state: State, footprint: Footprint) {
        var next = state
        var footprint = Footprint()
        switch step {
        case .work(let worker, let fate):
            let program = Program.attempt(worker: name(ofWorker: worker, in: state))
            let node = try state.workers[worker].node ?? tree.root(program, at: state.clock)
            try proceed(worker, from: node, fate, on: &next, &footprint)
        case .rescue(let worker):
            let program = Program.rescue(
                worker: name(ofWorker: worker, in: state), dead: deadHolders(in: state))
            try proceed(worker, from: tree.root(program, at: state.clock), .answered, on: &next, &footprint)
        case .proceed(let node, let fate):
            next.requests.removeFirst(node)
            try proceed(from: node, fate, on: &next, &footprint)
        case .press(let guest):
            next.presses[guest] += 1
            try begin(.pay(guest: guest), on: &next, &footprint)
        case .refund:
            next.refunds += 1
            footprint.add(.refunds)
            try begin(.refund(Int(state.refunds)), on: &next, &footprint)
        case .deliver(let report, let isKept):
            if isKept {
                next.spent.duplicates += 1
                footprint.add(.duplicates)
            } else {
                next.reports.removeFirst(report)
            }
            try begin(.report(reports[report]), on: &next, &footprint)
        case .wait, .pause, .decide, .crashWorker, .crashRequest:
            try executeEvent(step, on: &next, &footprint)
        }
        return (next, footprint)
    }

    /// Executes a step that no process takes: time passes, a bank decides, a process dies.
    private func executeEvent(_ step: Step, on state: inout State, _ footprint: inout Footprint) throws {
        switch step {
        case .wait, .pause:
            footprint.addEverything()
            if step == .pause { state.spent.pauses += 1 }
            guard let deadline = nextDeadline(state) else { break }
            state.clock = deadline
            changePartners(of: &state) { $0.transactions.advance(to: deadline) }
        case .decide(let invoiceID, let number, let status):
            state.spent.decisions += 1
            footprint.add(.decisions)
            footprint.addPartner(.transactions, isChanged: true)
            try changePartners(of: &state) {
                try $0.transactions.decide(
                    invoiceID: invoiceID, number: number, status: status, reason: status == .failed ? "refused" : nil
                ).callbacks
            }
        case .crashWorker(let worker):
            state.workers[worker] = State.Worker(node: nil, deaths: state.workers[worker].deaths + 1)
            state.spent.crashes += 1
            footprint.addEverything()
        case .crashRequest(let node):
            state.requests.removeFirst(node)
            sendAgain(node, on: &state)
            state.spent.crashes += 1
            footprint.add(.crashes)
        case .work, .rescue, .proceed, .press, .refund, .deliver: break
        }
    }

    /// Starts a request or report and runs it through its first effect.
    private func begin(_ program: Program, on state: inout State, _ footprint: inout Footprint) throws {
        try proceed(from: tree.root(program, at: state.clock), .answered, on: &state, &footprint)
    }

    /// A change on the partners' side that no request causes.
    private func changePartners(
        of state: inout State, _ body: (inout PartnerKnowledge) throws -> [PaymentCallback]
    ) rethrows {
        let (partners, reports) = try change(state.partners, body)
        state.partners = partners
        for report in reports { state.reports.insertSorted(report) }
    }

    private func proceed(
        _ worker: Int, from node: ProcessTree.Node, _ fate: Step.Fate, on state: inout State,
        _ footprint: inout Footprint
    ) throws {
        let node = try execute(node, fate, on: &state, &footprint)
        state.workers[worker].node = tree.effect(at: node) == nil ? nil : node
    }

    private func proceed(
        from node: ProcessTree.Node, _ fate: Step.Fate, on state: inout State, _ footprint: inout Footprint
    ) throws {
        let node = try execute(node, fate, on: &state, &footprint)
        if tree.effect(at: node) != nil {
            state.requests.insertSorted(node)
        } else if tree.ending(of: node)?.isFailure == true {
            sendAgain(node, on: &state)
        }
    }

    /// An unhandled report is sent again, if nothing else would deliver its content.
    private func sendAgain(_ node: ProcessTree.Node, on state: inout State) {
        guard variant.reliesOnReports, case .report(let callback) = tree.program(of: node) else { return }
        state.reports.insertSorted(number(of: callback))
    }
}
