package import PaymentCore

/// What a search found.
package struct Findings: Sendable {
    /// Histories followed to their end.
    package var schedules = 0
    /// Histories left off because the rest was known.
    package var pruned = 0
    /// Steps taken, over all histories.
    package var steps = 0
    /// Steps of the longest history.
    package var deepest = 0
    var endings: Set<Judge.Ending> = []
    /// For each broken invariant a history that breaks it.
    var violations: [PaymentInvariant: [Step]] = [:]
    /// Why not everything was looked at; nil when it was.
    package var incomplete: String?

    /// How many of the ends, when all is quiet, differ in what is written down or held.
    package var finalStates: Int { endings.count }

    /// The invariants that some history breaks.
    package var broken: Set<PaymentInvariant> { Set(violations.keys) }

    mutating func note(_ broken: [BrokenInvariant], at path: [Step]) {
        for broken in broken where violations[broken.invariant] == nil { violations[broken.invariant] = path }
    }
}

/// Asked now and then during a search with what it has found so far: why to stop; nil to go on.
package typealias Interruption = @Sendable (Findings) -> String?
