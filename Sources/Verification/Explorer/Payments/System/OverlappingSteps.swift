import PaymentCore
import SQLKit
import WorldKit

/// Steps of processes with overlapping transactions.
///
/// Beginning a transaction early makes no difference until another transaction commits a change to something that the
/// first one has read or written. So transactions begin only together with a step that affects them, and commit later.
extension Machine {
    func overlaps(from state: State) -> [Step] {
        var overlaps: [Step] = []
        extend([], state, lone(from: state, isSymmetric: false), from: 0, &overlaps)
        return overlaps
    }

    /// Steps whose transactions fail because, on every attempt, another transaction writes the same rows first.
    func conflicts(of steps: [Step], in state: State) -> [Step] {
        guard state.spent.conflicts < scenario.conflicts else { return [] }
        return steps.filter { step in
            var (rest, footprint) = (state, Footprint())
            return (try? begin(step, on: &rest, &footprint)) != nil
        }.map(Step.conflict)
    }

    private struct Begun {
        let step: Step
        let node: ProcessTree.Node
    }

    /// Adds the steps that affect all begun transactions, then recurses with one more transaction begun.
    /// - Parameters:
    ///   - state: the state with the transactions begun.
    ///   - candidates: steps whose transactions may begin; those before `first` have already been tried.
    private func extend(
        _ begun: [Begun], _ state: State, _ candidates: [Step], from first: Int, _ overlaps: inout [Step]
    ) {
        let possible = begun.isEmpty ? candidates : lone(from: state, isSymmetric: false)
        if !begun.isEmpty {
            for step in possible where isAffecting(step, begun, in: state) {
                let overlap = Step.overlap(begun.map(\.step), step)
                if isInOrder(step, from: state) { overlaps.append(overlap) }
            }
        }
        for place in candidates.indices.dropFirst(first) where possible.contains(candidates[place]) {
            var next = state
            var footprint = Footprint()
            guard let node = try? begin(candidates[place], on: &next, &footprint) else { continue }
            extend(begun + [Begun(step: candidates[place], node: node)], next, candidates, from: place, &overlaps)
        }
    }

    /// Whether a step of another process changes what each begun transaction has read or written.
    private func isAffecting(_ step: Step, _ begun: [Begun], in state: State) -> Bool {
        var (rest, footprint) = (state, Footprint())
        do {
            guard let mover = try take(step, from: &rest, &footprint),
                let body = tree.effect(at: mover.node)?.transaction, !body.isReadOnly, mover.fate == .answered,
                !begun.contains(where: { $0.node == mover.node })
            else { return false }
            let result = try transactions.run(mover.node, on: state.store, at: state.clock)
            guard reducesOverlaps else { return result.changed != 0 || !result.written.isEmpty }
            return try begun.allSatisfy { try transactions.isAffected($0.node, by: result, at: state.clock) }
        } catch {
            return false
        }
    }

    /// Whether guests that differ only in name have started in name order after a step.
    private func isInOrder(_ step: Step, from state: State) -> Bool {
        guard isSymmetric else { return true }
        var presses = state.presses
        if case .press(let guest) = step { presses[guest] += 1 }
        return presses.indices.allSatisfy { guest in
            let card = scenario.card(of: guest)
            return presses[guest] == 0
                || !(0..<guest).contains { presses[$0] == 0 && scenario.card(of: $0) == card }
        }
    }

    // MARK: Execution

    func conflict(_ step: Step, on state: inout State, _ footprint: inout Footprint) throws {
        var begun = state
        if let node = try begin(step, on: &begun, &footprint) { footprint.add(reads: transactions.touched(by: node)) }
        guard let mover = try take(step, from: &state, &footprint) else { return }
        state.spent.conflicts += 1
        footprint.add(.conflicts)
        let error = SQLError(code: .busy, message: "other transactions have changed the same data")
        let node = try tree.child(of: mover.node, Answer(.failure(error), clock: state.clock))
        put(node, worker: mover.worker, into: &state)
    }

    /// The state after the transactions of some steps have begun.
    func begin(_ steps: [Step], from state: State) throws -> State {
        var footprint = Footprint()
        return try begin(steps, from: state, &footprint)
    }

    func begin(_ steps: [Step], from state: State, _ footprint: inout Footprint) throws -> State {
        var next = state
        for step in steps { try begin(step, on: &next, &footprint) }
        // A crashed process cannot begin a transaction.
        footprint.addReading(.crashes)
        return next
    }

    /// Begins the transaction of a step.
    /// - Returns: the process; nil when it need not overlap with others.
    @discardableResult
    private func begin(
        _ step: Step, on state: inout State, _ footprint: inout Footprint
    ) throws -> ProcessTree.Node? {
        guard let mover = try take(step, from: &state, &footprint), mover.fate == .answered,
            let node = try transactions.begin(mover.node, on: state.store)
        else { return nil }
        footprint.add(reads: transactions.touched(by: node))
        put(node, worker: mover.worker, into: &state)
        return node
    }

    /// A process runs its transaction again when another one that has written the same rows commits.
    func interrupt(by written: Set<DatabaseContent.RowName>, _ state: inout State) {
        guard scenario.isolation == .snapshot, !written.isEmpty else { return }
        for worker in state.workers.indices {
            guard let node = state.workers[worker].node,
                let origin = transactions.interrupted(node, by: written)
            else { continue }
            state.workers[worker].node = origin
        }
        for node in state.requests {
            guard let origin = transactions.interrupted(node, by: written) else { continue }
            state.requests.removeFirst(node)
            state.requests.insertSorted(origin)
        }
    }
}
