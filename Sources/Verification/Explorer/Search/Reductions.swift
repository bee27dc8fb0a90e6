/// How redundant histories are skipped; each can be disabled separately, to verify that it changes no verdict.
package struct Reductions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Of two independent steps only one order is tried (sleep sets; Godefroid 1996).
    package static let sleepSets = Reductions(rawValue: 1)
    /// Each state is expanded once.
    package static let states = Reductions(rawValue: 2)
    /// Guests who differ only in name start in the order of their names.
    package static let symmetry = Reductions(rawValue: 4)
    /// Irrelevant data is dropped from states.
    package static let forgetting = Reductions(rawValue: 8)

    /// The result of an effect on a store or the partners is cached; otherwise every step of every history runs
    /// its SQL.
    package static let memory = Reductions(rawValue: 16)

    package static let all: Reductions = [.sleepSets, .states, .symmetry, .forgetting, .memory]
}
