import EncodingKit

/// One step of a history, described.
package struct Moment: Hashable, Sendable {
    /// The actor of the step.
    package var lane: String
    /// A description of the step.
    package var text: String
    /// Whom a request or a message of the step goes to.
    package var partner: String?
    /// The order's status, if the step changed it.
    package var status: String?
    package var isFault: Bool
    /// The external action that causes the step of a payment on a running system; nil if the system does it itself.
    var act: PaymentAct? = nil
    /// Acts of the requests whose transactions begin before it.
    var begun: [PaymentAct] = []
}

extension Moment {
    /// `"worker-1 → eda: create order …"`.
    package var line: String { "\(lane)\(partner.map { " → \($0)" } ?? ""): \(text)" }
}

/// One history, described step by step.
package struct ExploredHistory<Broken: BrokenStatement>: Sendable {
    package var moments: [Moment]
    /// The invariants violated at its end.
    package var broken: [Broken]

    /// FNV-1a of the steps and the violated invariants.
    var checksum: UInt32 {
        var hash = StableHash32()
        for line in moments.map(\.line) + broken.map(\.description) { hash.combine(line) }
        return hash.value
    }
}

/// A history that violates an invariant.
package struct ExploredViolation<Broken: BrokenStatement>: Sendable {
    /// Nil for a history that violates none.
    package var invariant: Broken.Invariant?
    package var history: ExploredHistory<Broken>
    /// Replays it.
    package var token: String
    /// The statement of the design document that the history refutes.
    package var sentence: String?

    /// Shorter ones first.
    static func isShorter(_ left: Self, _ right: Self) -> Bool {
        (left.history.moments.count, left.invariant?.rawValue ?? "")
            < (right.history.moments.count, right.invariant?.rawValue ?? "")
    }
}

/// Describes histories of a system, and follows them again.
protocol HistoryDescribing {
    associatedtype Checker: StateChecker

    var machine: Checker.System { get }

    func describe(_ steps: [Checker.System.Step]) throws -> ExploredHistory<Checker.Broken>
}

extension HistoryDescribing {
    /// The steps as indices into the lists of possible steps, which are the same on every machine.
    func choices(of steps: [Checker.System.Step]) throws -> [Int] {
        var state = machine.start
        var choices: [Int] = []
        for step in steps {
            choices.append(machine.steps(from: state).firstIndex(of: step) ?? 0)
            state = try machine.execute(step, from: state).state
        }
        return choices
    }

    /// - Parameters:
    ///   - known: descriptions of its steps, if known, to report which one has changed.
    ///   - checksum: of the history as it was described.
    /// - Throws: ``ReplayError``, ``SchedulerError``.
    func follow(
        _ choices: [Int], checksum: UInt32, expecting known: [String]?
    ) throws -> ExploredHistory<Checker.Broken> {
        var state = machine.start
        var steps: [Checker.System.Step] = []
        for (number, choice) in choices.enumerated() {
            let possible = machine.steps(from: state)
            guard possible.indices.contains(choice) else {
                throw ReplayError.changed(number: number + 1, was: known?[number], now: nil)
            }
            state = try machine.execute(possible[choice], from: state).state
            steps.append(possible[choice])
        }
        let history = try describe(steps)
        if let known {
            for (number, (was, now)) in zip(known, history.moments.map(\.line)).enumerated() where was != now {
                throw ReplayError.changed(number: number + 1, was: was, now: now)
            }
        }
        guard history.checksum == checksum else { throw ReplayError.changedSomewhere }
        return history
    }
}

/// Why a history cannot be replayed.
package enum ReplayError: Error, Hashable, Sendable {
    case notAToken(String)
    /// Step `number`, counted from 1, is no longer possible or has a different effect.
    case changed(number: Int, was: String?, now: String?)
    /// Every step is possible, but the history differs.
    case changedSomewhere
}
