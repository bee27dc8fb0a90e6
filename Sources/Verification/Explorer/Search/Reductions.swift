/// How histories that lead nowhere new are left out; each alone can be switched off, to see that it changes no verdict.
package struct Reductions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Of two independent steps only one order is tried (sleep sets; Godefroid 1996).
    package static let sleepSets = Reductions(rawValue: 1)
    /// A state is gone on from once.
    package static let states = Reductions(rawValue: 2)
    /// Guests who differ only in name begin in the order of their names.
    package static let symmetry = Reductions(rawValue: 4)
    /// What decides nothing is forgotten.
    package static let forgetting = Reductions(rawValue: 8)

    /// What an effect does to a store or to the partners is worked out once; otherwise every step of every history runs
    /// its SQL.
    package static let memory = Reductions(rawValue: 16)

    package static let all: Reductions = [.sleepSets, .states, .symmetry, .forgetting, .memory]
}
