import EncodingKit

enum WalkChoice {
    /// Every possible step is equally likely.
    case uniform
    /// Processes run by priorities, which change at a few random moments: a bug that needs `depth` of them is found
    /// with a probability that has a lower bound (PCT; Burckhardt and others 2010).
    case priorities(depth: Int)
}

/// Explores random histories, the same ones for the same seed.
struct WalkSearch<Checker: StateChecker> {
    typealias Step = Checker.System.Step
    typealias Findings = SearchFindings<Checker>
    typealias Choice = WalkChoice

    let machine: Checker.System
    let checker: Checker
    let choice: Choice
    let seed: UInt64
    /// The number of histories; nil for as many as time allows.
    var limit: Int?
    var isOver: Interruption = { _ in nil }

    func search() throws -> Findings {
        var findings = Findings()
        findings.counts.incomplete = "a sample"
        var random = SplitMix64(state: seed)
        while limit.map({ findings.schedules < $0 }) ?? true {
            if let reason = isOver(findings.counts) {
                findings.counts.incomplete = "a sample, \(reason)"
                return findings
            }
            try walk(&random, &findings)
        }
        return findings
    }

    private func walk(_ random: inout SplitMix64, _ findings: inout Findings) throws {
        var state = machine.start
        var path: [Step] = []
        var priorities = Priorities<Step>(choice, expecting: max(findings.deepest, 40), &random)
        while true {
            let broken = try checker.broken(in: state)
            findings.note(broken, at: path)
            if machine.isQuiet(state) { findings.endings.insert(checker.ending(of: state)) }
            let steps = broken.isEmpty ? machine.steps(from: state) : []
            guard let step = priorities.choose(from: steps, after: path.count, &random) else { break }
            state = try machine.execute(step, from: state).state
            path.append(step)
            findings.counts.steps += 1
        }
        findings.counts.schedules += 1
        findings.counts.deepest = max(findings.counts.deepest, path.count)
    }
}

/// The priorities of one history.
private struct Priorities<Step: ExploredStep> {
    private var order: [Step.Actor: UInt64] = [:]
    /// When the process with the highest priority gets the lowest.
    private var changes: Set<Int> = []
    private var lowest: UInt64 = 1 << 32
    private let isUniform: Bool
    private let length: Int

    init(_ choice: WalkChoice, expecting length: Int, _ random: inout SplitMix64) {
        self.length = length
        switch choice {
        case .uniform: isUniform = true
        case .priorities(let depth):
            isUniform = false
            for _ in 1..<max(depth, 1) { changes.insert(Int.random(in: 0..<length, using: &random)) }
        }
    }

    mutating func choose(from steps: [Step], after count: Int, _ random: inout SplitMix64) -> Step? {
        if isUniform { return steps.randomElement(using: &random) }
        let faults = steps.filter(\.isFault)
        // Each fault occurs about once per history.
        if !faults.isEmpty, Int.random(in: 0..<length, using: &random) < 2 {
            return faults.randomElement(using: &random)
        }
        let sound = steps.filter { !$0.isFault }
        for step in sound where order[step.actor] == nil {
            order[step.actor] = UInt64.random(in: (1 << 32)..<(1 << 63), using: &random)
        }
        func first() -> Step? { sound.max { (order[$0.actor] ?? 0) < (order[$1.actor] ?? 0) } }
        if changes.contains(count), let step = first() {
            lowest -= 1
            order[step.actor] = lowest
        }
        return first()
    }
}
