import PaymentCore
import PaymentSandbox
import WorldKit

extension Machine {
    /// All possible next steps in a fixed order: first normal steps, then faults.
    func steps(from state: State) -> [Step] {
        let lone = lone(from: state, isSymmetric: isSymmetric)
        guard scenario.isolation == .snapshot else { return lone }
        return lone + overlaps(from: state) + conflicts(of: lone, in: state)
    }

    /// Steps whose transactions begin and commit in one step.
    func lone(from state: State, isSymmetric: Bool) -> [Step] {
        var steps: [Step] = []
        var faults: [Step] = []
        let facts = store.facts(state.store)
        let isDue = facts.nextDue.map { $0 <= state.clock } ?? false
        let hasOrphanedLeases = !deadHolders(in: state).isEmpty
        for (number, worker) in state.workers.enumerated() {
            if let node = worker.node {
                steps.append(.work(worker: number, .answered))
                addFaults(at: node, state, to: &faults) { .work(worker: number, $0) }
                if mayCrash(node, state) { faults.append(.crashWorker(number)) }
            } else {
                if hasOrphanedLeases { steps.append(.rescue(worker: number)) }
                if isDue { steps.append(.work(worker: number, .answered)) }
            }
        }
        for node in once(state.requests, by: tree.signature) {
            steps.append(.proceed(node, .answered))
            addFaults(at: node, state, to: &faults) { .proceed(node, $0) }
            if mayCrash(node, state) { faults.append(.crashRequest(node)) }
        }
        let isUrgent = !steps.isEmpty
        for guest in state.presses.indices where mayPress(guest, state, isSymmetric) {
            steps.append(.press(guest: guest))
        }
        if state.refunds < scenario.refunds, facts.orderStatus == .cleared { steps.append(.refund) }
        for report in once(state.reports, by: signature(ofReport:)) {
            steps.append(.deliver(report: report, isKept: false))
            if state.spent.duplicates < scenario.duplicates {
                faults.append(.deliver(report: report, isKept: true))
            }
        }
        if !isUrgent {
            if nextDeadline(state) != nil { steps.append(.wait) }
        } else if state.spent.pauses < scenario.pauses, nextDeadline(state) != nil {
            faults.append(.pause)
        }
        if state.spent.decisions < scenario.decisions { faults += decisions(on: state.partners) }
        return steps + faults
    }

    /// Each of the ascending `numbers`, in an order independent of how they were given.
    private func once(_ numbers: [Int32], by signature: (Int32) -> UInt64) -> [Int32] {
        guard numbers.count > 1 else { return numbers }
        var once: [Int32] = []
        for number in numbers where once.last != number { once.append(number) }
        return once.sorted { signature($0) < signature($1) }
    }

    /// Whether the system is quiescent: only guests, the support and late reports can still act.
    func isQuiet(_ state: State) -> Bool {
        let isDue = store.facts(state.store).nextDue.map { $0 <= state.clock } ?? false
        return !isDue && state.requests.isEmpty && state.workers.allSatisfy { $0.node == nil }
            && nextDeadline(state) == nil && !(variant.reliesOnReports && !state.reports.isEmpty)
    }

    /// Dead workers whose leases have not expired.
    func deadHolders(in state: State) -> [String] {
        let leases = store.facts(state.store).leases
        guard !leases.isEmpty else { return [] }
        let alive = state.workers.indices.map { name(ofWorker: $0, in: state) }
        return Set(leases.filter { $0.end > state.clock && !alive.contains($0.holder) }.map(\.holder)).sorted()
    }

    func name(ofWorker number: Int, in state: State) -> String {
        let deaths = state.workers[number].deaths
        return deaths == 0 ? "worker-\(number + 1)" : "worker-\(number + 1).\(deaths)"
    }

    /// A crash undoes an open transaction, so it equals a crash before the transaction began.
    private func mayCrash(_ node: ProcessTree.Node, _ state: State) -> Bool {
        state.spent.crashes < scenario.crashes && !tree.isTwin(node)
    }

    private func addFaults(
        at node: ProcessTree.Node, _ state: State, to faults: inout [Step], _ step: (Step.Fate) -> Step
    ) {
        guard case .question = tree.effect(at: node) else { return }
        if state.spent.lostAnswers < scenario.lostAnswers { faults.append(step(.answerLost)) }
        if state.spent.lostQuestions < scenario.lostQuestions { faults.append(step(.questionLost)) }
    }

    private func mayPress(_ guest: Int, _ state: State, _ isSymmetric: Bool) -> Bool {
        guard Int(state.presses[guest]) < scenario.presses else { return false }
        guard isSymmetric, state.presses[guest] == 0 else { return true }
        let card = scenario.card(of: guest)
        return !(0..<guest).contains { state.presses[$0] == 0 && scenario.card(of: $0) == card }
    }

    /// When the next task is due, the next lease expires, or the next operation is decided automatically.
    func nextDeadline(_ state: State) -> Instant? {
        let transactions = partners[state.partners].transactions.nextDue
        var task = store.facts(state.store).nextDue
        if let due = task, due <= state.clock { task = try? store.nextDue(state.store, after: state.clock) }
        return [transactions, task].compactMap { $0 }.filter { $0 > state.clock && $0 <= horizon }.min()
    }

    // MARK: Preemptions

    /// The process that took the step, unless it has ended.
    func busy(after step: Step, from: State, to state: State, running: Step.Actor?) -> Step.Actor? {
        if case .overlap(let begun, let other) = step {
            return busy(after: other, from: (try? begin(begun, from: from)) ?? from, to: state, running: running)
        }
        switch step.actor {
        case .world: return running
        case .worker(let number): return state.workers[number].node == nil ? nil : .worker(number)
        case .request, .guest, .support, .report:
            var others = from.requests
            if case .request(let node) = step.actor { others.removeFirst(node) }
            // Both are sorted: the first difference is where it waits now.
            let index = state.requests.indices.first { $0 >= others.count || state.requests[$0] != others[$0] }
            return index.map { .request(state.requests[$0]) }
        }
    }

    func isPreemption(_ step: Step, of running: Step.Actor) -> Bool {
        step.actor != running && step.actor != .world
    }
}
