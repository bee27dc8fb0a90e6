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

    /// Effects of a process that commute with whatever others do meanwhile are taken in one step with the one that does
    /// not (Lipton 1975); only the ordering system has such.
    package static let atomicity = Reductions(rawValue: 32)

    /// A delivery that changes nothing, because the inbox knows the message and always will, is made at once; only the
    /// ordering system has such.
    package static let repetitions = Reductions(rawValue: 64)

    /// Transactions on snapshots overlap only where the order of their beginnings makes a difference; without
    /// ``Isolation/snapshot`` they never overlap.
    package static let overlaps = Reductions(rawValue: 128)

    /// All that payments have.
    package static let all: Reductions = [.sleepSets, .states, .symmetry, .forgetting, .memory, .overlaps]
    /// All that the ordering system has.
    package static let ordering = all.union([.atomicity, .repetitions])
}
