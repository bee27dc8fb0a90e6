/// A system as a state machine, as the searches need it: the possible steps of a state, and the resulting states.
protocol ExploredSystem: AnyObject {
    associatedtype State: Hashable, Sendable
    associatedtype Step: ExploredStep

    var start: State { get }

    /// All possible next steps in a fixed order: first normal steps, then faults.
    func steps(from state: State) -> [Step]

    /// The resulting state of a step, and its footprint.
    func execute(_ step: Step, from state: State) throws -> (state: State, footprint: Footprint)

    /// Whether nothing moves any more by itself.
    func isQuiet(_ state: State) -> Bool

    /// Who took a step and could continue; `running` when it was no process.
    func busy(after step: Step, from: State, to: State, running: Step.Actor?) -> Step.Actor?

    /// Whether the step interrupts `running`, who could continue.
    func isPreemption(_ step: Step, of running: Step.Actor) -> Bool
}

/// One possible next step.
protocol ExploredStep: Hashable, Sendable {
    associatedtype Actor: Hashable, Sendable

    /// The order of two steps of one actor always matters.
    var actor: Actor { get }
    var isFault: Bool { get }
}

/// Finds violations of invariants in the states of a system.
protocol StateChecker: AnyObject {
    associatedtype System: ExploredSystem
    associatedtype Broken: BrokenStatement
    /// Identifies a final state, the same in every run.
    associatedtype Ending: Hashable, Sendable

    func broken(in state: System.State) throws -> [Broken]

    func ending(of state: System.State) -> Ending
}

/// A violated invariant, in words.
package protocol BrokenStatement: Hashable, Sendable, CustomStringConvertible {
    associatedtype Invariant: Hashable, Sendable, RawRepresentable<String>

    var invariant: Invariant { get }
}
