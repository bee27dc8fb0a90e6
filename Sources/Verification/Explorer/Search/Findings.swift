package import PaymentCore

/// The findings of a search.
package struct Findings: Sendable {
    /// Complete histories.
    package var schedules = 0
    /// Histories pruned because the rest was known.
    package var pruned = 0
    /// Total steps of all histories.
    package var steps = 0
    /// Length of the longest history in steps.
    package var deepest = 0
    var endings: Set<InvariantChecker.Ending> = []
    /// For each violated invariant, a history that violates it.
    var violations: [PaymentInvariant: [Step]] = [:]
    /// Why the search is incomplete; nil if complete.
    package var incomplete: String?

    /// The number of distinct final states, by our records and the partners'.
    package var finalStates: Int { endings.count }

    /// The violated invariants.
    package var broken: Set<PaymentInvariant> { Set(violations.keys) }

    mutating func note(_ broken: [BrokenInvariant], at path: [Step]) {
        for broken in broken where violations[broken.invariant] == nil { violations[broken.invariant] = path }
    }
}

/// Called periodically during a search with its findings so far; returns why to stop, nil to continue.
package typealias Interruption = @Sendable (Findings) -> String?
