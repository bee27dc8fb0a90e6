import QRPayDomain

/// Goes through every history, or, with reductions, through one of every kind.
struct DepthFirst {
    let machine: Machine
    let judge: Judge
    let reductions: Reductions
    /// Asked now and then: why to stop; nil to go on.
    var isOver: () -> String? = { nil }

    private struct Sleeper {
        let step: Step
        let footprint: Footprint
    }

    private struct Frame {
        let state: State
        /// What is still to be tried here, the next one last.
        var remaining: [Step]
        /// What need not be tried from here on, because it was tried before in another order.
        var asleep: [Sleeper]
    }

    /// What was left out where a state was gone on from.
    private typealias Visited = [State: [Step]]

    func search() throws -> Findings {
        var findings = Findings()
        var visited: Visited = [:]
        var path: [Step] = []
        var stack: [Frame] = []
        if let frame = try arrive(at: machine.start, asleep: [], path, &visited, &findings) { stack.append(frame) }
        while var frame = stack.popLast() {
            guard let step = frame.remaining.popLast() else {
                _ = path.popLast()
                continue
            }
            if findings.steps & 0xff == 0, let reason = isOver() {
                findings.incomplete = reason
                break
            }
            findings.steps += 1
            let (next, footprint) = try machine.take(step, from: frame.state)
            var asleep: [Sleeper] = []
            if reductions.contains(.sleepSets) {
                asleep = frame.asleep.filter {
                    $0.step.actor != step.actor && $0.footprint.isIndependent(of: footprint)
                }
                frame.asleep.append(Sleeper(step: step, footprint: footprint))
            }
            stack.append(frame)
            path.append(step)
            findings.deepest = max(findings.deepest, path.count)
            if let frame = try arrive(at: next, asleep: asleep, path, &visited, &findings) {
                stack.append(frame)
            } else {
                path.removeLast()
            }
        }
        return findings
    }

    /// Looks at a state; nil when there is nothing to try from it.
    private func arrive(
        at state: State, asleep: [Sleeper], _ path: [Step], _ visited: inout Visited, _ findings: inout Findings
    ) throws -> Frame? {
        let sleeping = asleep.map(\.step)
        var remaining: [Step]
        if reductions.contains(.states), let left = visited[state] {
            remaining = left.filter { !sleeping.contains($0) }
            guard !remaining.isEmpty else {
                findings.pruned += 1
                return nil
            }
            visited[state] = left.filter { sleeping.contains($0) }
        } else {
            let broken = try judge.broken(in: state)
            for broken in broken where findings.violations[broken.invariant] == nil {
                findings.violations[broken.invariant] = path
            }
            remaining = broken.isEmpty ? machine.steps(from: state) : []
            if machine.isQuiet(state) { findings.endings.insert(judge.ending(of: state)) }
            if remaining.isEmpty {
                findings.schedules += 1
                return nil
            }
            remaining.removeAll { sleeping.contains($0) }
            if reductions.contains(.states) { visited[state] = sleeping }
            guard !remaining.isEmpty else {
                findings.pruned += 1
                return nil
            }
        }
        remaining.reverse()
        return Frame(state: state, remaining: remaining, asleep: asleep)
    }
}

extension Step {
    /// Whose step it is: of two steps of one, the order always counts.
    enum Actor: Hashable {
        case worker(Int)
        case request(ProcessTree.Node)
        case guest(Int)
        case support
        case report(Int32)
        case world
    }

    var actor: Actor {
        switch self {
        case .work(let worker, _), .rescue(let worker), .crashWorker(let worker): .worker(worker)
        case .proceed(let node, _), .crashRequest(let node): .request(node)
        case .press(let guest): .guest(guest)
        case .refund: .support
        case .deliver(let report, _): .report(report)
        case .wait, .pause, .decide: .world
        }
    }
}
