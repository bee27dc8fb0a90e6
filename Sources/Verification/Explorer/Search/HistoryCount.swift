/// Counts all histories without enumerating them: the continuations of each state are counted once.
struct HistoryCount<System: ExploredSystem> {
    typealias State = System.State
    typealias Step = System.Step

    let machine: System

    private struct Frame {
        let state: State
        var remaining: [Step]
        var count = 0.0
    }

    /// The number of sequences of choices from the start to an end; exact up to 2⁵³.
    func count() throws -> Double {
        var known: [State: Double] = [:]
        var stack = [Frame(state: machine.start, remaining: machine.steps(from: machine.start))]
        var total = 0.0
        while var frame = stack.popLast() {
            guard let step = frame.remaining.popLast() else {
                known[frame.state] = frame.count
                if let last = stack.indices.last { stack[last].count += frame.count } else { total = frame.count }
                continue
            }
            let next = try machine.execute(step, from: frame.state).state
            if let count = known[next] {
                frame.count += count
                stack.append(frame)
                continue
            }
            stack.append(frame)
            let steps = machine.steps(from: next)
            stack.append(Frame(state: next, remaining: steps, count: steps.isEmpty ? 1 : 0))
        }
        return total
    }
}
