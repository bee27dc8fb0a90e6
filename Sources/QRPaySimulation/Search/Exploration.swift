import QRPayDomain

/// How histories that lead nowhere new are left out; each alone can be switched off, to see that it changes no verdict.
package struct Reductions: OptionSet, Hashable, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// Of two independent steps only one order is tried (sleep sets; Godefroid 1996).
    package static let sleepSets = Reductions(rawValue: 1)
    /// A state is gone on from once.
    package static let states = Reductions(rawValue: 2)
    /// Guests who differ only in name begin in the order of their names.
    package static let symmetry = Reductions(rawValue: 4)
    /// What decides nothing is forgotten.
    package static let forgetting = Reductions(rawValue: 8)

    package static let all: Reductions = [.sleepSets, .states, .symmetry, .forgetting]
}

/// What a search found.
struct Findings {
    /// Histories followed to their end.
    var schedules = 0
    /// Histories left off because the rest was known.
    var pruned = 0
    var steps = 0
    var deepest = 0
    var endings: Set<Judge.Ending> = []
    /// For each broken invariant the first history that breaks it.
    var violations: [PaymentInvariant: [Step]] = [:]
    /// Why not everything was looked at; nil when it was.
    var incomplete: String?
}
