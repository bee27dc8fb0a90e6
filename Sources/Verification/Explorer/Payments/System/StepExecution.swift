import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments

extension Machine {
    /// The resulting state of a step, and its footprint.
    func execute(_ step: Step, from state: State) throws -> (state: State, footprint: Footprint) {
        var next = state
        var footprint = Footprint()
        if case .overlap(let begun, let other) = step {
            next = try begin(begun, from: state, &footprint)
            let (after, own) = try execute(other, from: next)
            footprint.add(reads: own.reads, writes: own.writes)
            return (after, footprint)
        }
        if case .conflict(let step) = step {
            try conflict(step, on: &next, &footprint)
            return (next, footprint)
        }
        if let mover = try take(step, from: &next, &footprint) {
            let node = try execute(mover.node, mover.fate, on: &next, &footprint)
            put(node, worker: mover.worker, into: &next)
        } else {
            try executeEvent(step, on: &next, &footprint)
        }
        return (next, footprint)
    }

    /// The process that takes a step.
    struct Mover {
        var node: ProcessTree.Node
        var fate = Step.Fate.answered
        /// Nil for a request.
        var worker: Int?
    }

    /// Removes the process that takes a step from the state; a process that starts with this step is at its root.
    /// - Returns: nil for a step that no process takes.
    func take(_ step: Step, from state: inout State, _ footprint: inout Footprint) throws -> Mover? {
        switch step {
        case .work(let worker, let fate):
            let program = Program.attempt(worker: name(ofWorker: worker, in: state))
            let node = try state.workers[worker].node.take() ?? tree.root(program, at: state.clock)
            return Mover(node: node, fate: fate, worker: worker)
        case .rescue(let worker):
            let program = Program.rescue(worker: name(ofWorker: worker, in: state), dead: deadHolders(in: state))
            return Mover(node: try tree.root(program, at: state.clock), worker: worker)
        case .proceed(let node, let fate):
            state.requests.removeFirst(node)
            return Mover(node: node, fate: fate)
        case .press(let guest):
            state.presses[guest] += 1
            return Mover(node: try tree.root(.pay(guest: guest), at: state.clock))
        case .refund:
            footprint.add(.refunds)
            let program = Program.refund(Int(state.refunds))
            state.refunds += 1
            return Mover(node: try tree.root(program, at: state.clock))
        case .deliver(let report, let isKept):
            if isKept {
                state.spent.duplicates += 1
                footprint.add(.duplicates)
            } else {
                state.reports.removeFirst(report)
            }
            return Mover(node: try tree.root(.report(reports[report]), at: state.clock))
        case .wait, .pause, .decide, .crashWorker, .crashRequest, .overlap, .conflict: return nil
        }
    }

    /// Returns a process to the state after its step.
    func put(_ node: ProcessTree.Node, worker: Int?, into state: inout State) {
        let isRunning = tree.effect(at: node) != nil
        if let worker {
            state.workers[worker].node = isRunning ? node : nil
        } else if isRunning {
            state.requests.insertSorted(node)
        } else if tree.ending(of: node)?.isFailure == true {
            sendAgain(node, on: &state)
        }
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
        case .work, .rescue, .proceed, .press, .refund, .deliver, .overlap, .conflict: break
        }
    }

    /// A change on the partners' side that no request causes.
    private func changePartners(
        of state: inout State, _ body: (inout PartnerKnowledge) throws -> [PaymentCallback]
    ) rethrows {
        let (partners, reports) = try change(state.partners, body)
        state.partners = partners
        for report in reports { state.reports.insertSorted(report) }
    }

    /// An unhandled report is sent again, if nothing else would deliver its content.
    private func sendAgain(_ node: ProcessTree.Node, on state: inout State) {
        guard variant.reliesOnReports, case .report(let callback) = tree.program(of: node) else { return }
        state.reports.insertSorted(number(of: callback))
    }
}
