/// Explores every history or, with reductions, one of each equivalence class.
struct DepthFirstSearch<Checker: StateChecker> {
    typealias State = Checker.System.State
    typealias Step = Checker.System.Step
    typealias Findings = SearchFindings<Checker>

    let machine: Checker.System
    let checker: Checker
    let reductions: Reductions
    /// The maximum number of preemptions; nil for any number.
    var preemptionLimit: Int?
    var isOver: Interruption = { _ in nil }
    /// The maximum of states expanded; more would exhaust the memory of a small machine.
    var stateLimit = 4_000_000

    /// A step that is skipped for now, because it was tried in another order (sleep set).
    private struct Sleeper {
        let step: Step
        let footprint: Footprint
    }

    /// A state and, if preemptions are counted, what determines them.
    private struct Place: Hashable {
        var state: State
        /// Who took the last step, as long as it can continue.
        var running: Step.Actor?
        var preemptions = 0
    }

    private struct Frame {
        let place: Place
        /// Steps still to be tried here, the next one last.
        var remaining: [Step]
        var asleep: [Sleeper]
    }

    /// The sleep set of every expanded place.
    private typealias Visited = [Place: [Step]]

    private var usesSleepSets: Bool { reductions.contains(.sleepSets) && preemptionLimit == nil }

    func search() throws -> Findings {
        var findings = Findings()
        var visited: Visited = [:]
        var path: [Step] = []
        var stack: [Frame] = []
        if let frame = try arrive(at: Place(state: machine.start), asleep: [], path, &visited, &findings) {
            stack.append(frame)
        }
        while var frame = stack.popLast() {
            guard let step = frame.remaining.popLast() else {
                _ = path.popLast()
                continue
            }
            if findings.counts.steps & 0x3ff == 0, let reason = isOver(findings.counts) {
                findings.counts.incomplete = reason
                break
            }
            if visited.count >= stateLimit {
                findings.counts.incomplete = "the limit of \(stateLimit) states was reached"
                break
            }
            findings.counts.steps += 1
            let (state, footprint) = try machine.execute(step, from: frame.place.state)
            var asleep: [Sleeper] = []
            if usesSleepSets {
                for sleeper in frame.asleep
                where sleeper.step.actor != step.actor && sleeper.footprint.isIndependent(of: footprint) {
                    asleep.append(sleeper)
                }
                frame.asleep.append(Sleeper(step: step, footprint: footprint))
            }
            let next = place(state, after: step, from: frame.place)
            stack.append(frame)
            path.append(step)
            findings.counts.deepest = max(findings.counts.deepest, path.count)
            if let frame = try arrive(at: next, asleep: asleep, path, &visited, &findings) {
                stack.append(frame)
            } else {
                path.removeLast()
            }
        }
        return findings
    }

    /// Visits a state; nil if there is nothing to try from it.
    private func arrive(
        at place: Place, asleep: [Sleeper], _ path: [Step], _ visited: inout Visited, _ findings: inout Findings
    ) throws -> Frame? {
        let sleeping = asleep.map(\.step)
        var remaining: [Step]
        if reductions.contains(.states), let left = visited[place] {
            // Steps asleep when the place was expanded, and awake now, were never tried here.
            remaining = left.filter { !sleeping.contains($0) }
            guard !remaining.isEmpty else {
                findings.counts.pruned += 1
                return nil
            }
            visited[place] = left.filter { sleeping.contains($0) }
        } else {
            let broken = try checker.broken(in: place.state)
            findings.note(broken, at: path)
            if machine.isQuiet(place.state) { findings.endings.insert(checker.ending(of: place.state)) }
            remaining = broken.isEmpty ? machine.steps(from: place.state) : []
            if remaining.isEmpty {
                findings.counts.schedules += 1
                return nil
            }
            if preemptionLimit != nil { withoutPreemptions(&remaining, at: place, &findings) }
            if reductions.contains(.states) { visited[place] = sleeping }
            if !sleeping.isEmpty { remaining.removeAll { sleeping.contains($0) } }
            guard !remaining.isEmpty else {
                findings.counts.pruned += 1
                return nil
            }
        }
        remaining.reverse()
        return Frame(place: place, remaining: remaining, asleep: asleep)
    }

    // MARK: Preemptions

    private func place(_ state: State, after step: Step, from place: Place) -> Place {
        guard preemptionLimit != nil else { return Place(state: state) }
        return Place(
            state: state,
            running: machine.busy(after: step, from: place.state, to: state, running: place.running),
            preemptions: place.preemptions + (isPreemption(step, at: place) ? 1 : 0))
    }

    private func withoutPreemptions(_ steps: inout [Step], at place: Place, _ findings: inout Findings) {
        guard place.preemptions == preemptionLimit else { return }
        let count = steps.count
        steps.removeAll { isPreemption($0, at: place) }
        if steps.count < count { findings.counts.incomplete = "at most \(place.preemptions) preemptions" }
    }

    /// Whether the step interrupts a process that could continue.
    private func isPreemption(_ step: Step, at place: Place) -> Bool {
        place.running.map { machine.isPreemption(step, of: $0) } ?? false
    }
}
