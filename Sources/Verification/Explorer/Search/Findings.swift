/// What a search has counted.
package struct SearchCounts: Hashable, Sendable {
    /// Complete histories.
    package var schedules = 0
    /// Histories pruned because the rest was known.
    package var pruned = 0
    /// Total steps of all histories.
    package var steps = 0
    /// Length of the longest history in steps.
    package var deepest = 0
    /// The number of distinct final states.
    package var finalStates = 0
    /// Why the search is incomplete; nil if complete.
    package var incomplete: String?

    package init() {}
}

/// The findings of a search.
@dynamicMemberLookup
struct SearchFindings<Checker: StateChecker> {
    typealias Step = Checker.System.Step
    typealias Invariant = Checker.Broken.Invariant

    var counts = SearchCounts()
    var endings: Set<Checker.Ending> = [] { didSet { counts.finalStates = endings.count } }
    /// For each violated invariant, a history that violates it.
    var violations: [Invariant: [Step]] = [:]

    /// The violated invariants.
    var broken: Set<Invariant> { Set(violations.keys) }

    subscript<Value>(dynamicMember count: KeyPath<SearchCounts, Value>) -> Value { counts[keyPath: count] }

    mutating func note(_ broken: [Checker.Broken], at path: [Step]) {
        for broken in broken where violations[broken.invariant] == nil { violations[broken.invariant] = path }
    }
}

/// Called periodically during a search with its counts so far; returns why to stop, nil to continue.
package typealias Interruption = @Sendable (SearchCounts) -> String?

/// How to search.
package enum SearchStrategy: Hashable, Sendable {
    /// Every history, with at most this many preemptions; nil for any number.
    case exhaustive(preemptions: Int?)
    /// Random histories, at most this many.
    case random(seed: UInt64, limit: Int?)
    /// Random histories that favor bugs with few ordering constraints.
    case priorities(seed: UInt64, depth: Int, limit: Int?)
}

extension StateChecker {
    func search(
        _ machine: System, _ strategy: SearchStrategy, _ reductions: Reductions, isOver: @escaping Interruption
    ) throws -> SearchFindings<Self> {
        switch strategy {
        case .exhaustive(let preemptions):
            try DepthFirstSearch(
                machine: machine, checker: self, reductions: reductions, preemptionLimit: preemptions, isOver: isOver
            ).search()
        case .random(let seed, let limit):
            try WalkSearch(
                machine: machine, checker: self, choice: .uniform, seed: seed, limit: limit, isOver: isOver
            ).search()
        case .priorities(let seed, let depth, let limit):
            try WalkSearch(
                machine: machine, checker: self, choice: .priorities(depth: depth), seed: seed, limit: limit,
                isOver: isOver
            ).search()
        }
    }
}
