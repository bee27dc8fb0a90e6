import EncodingKit
import JSONKit
package import PaymentCore

/// A saved history, to be replayed after changes of the code.
package struct SavedHistory: Codable, Hashable, Sendable {
    package var format = 1
    package var variant: String
    package var scenario: Scenario
    /// The invariants it violates; empty for one that must hold.
    package var breaks: [PaymentInvariant]
    /// A description of each step.
    package var steps: [String]
    package var token: String

    /// - Parameter violation: the result of a search.
    package init(_ violation: Violation) throws(ReplayError) {
        let token = try Token(text: violation.token)
        variant = token.variant
        scenario = token.scenario
        breaks = Array(Set(violation.history.broken.map(\.invariant))).sorted { $0.rawValue < $1.rawValue }
        steps = violation.history.moments.map(\.line)
        self.token = violation.token
    }
}

extension SavedHistory {
    /// Reads a history from a scenario's file, or on its own.
    /// - Throws: ``ReplayError/notAToken(_:)``.
    package init(json: [UInt8]) throws(ReplayError) {
        struct File: Decodable { var explored: SavedHistory? }
        do {
            let value = try JSONValue(parsing: json, as: .interoperable)
            self = try JSON.decode(File.self, from: value).explored ?? JSON.decode(Self.self, from: value)
        } catch {
            throw .notAToken("not a saved history")
        }
        guard format == 1 else { throw .notAToken("unknown format \(format)") }
    }

    /// Replays it.
    /// - Throws: ``ReplayError``, ``SchedulerError``.
    package func replay() throws -> Violation {
        let token = try Token(text: token)
        guard token.variant == variant, token.scenario == scenario, token.choices.count == steps.count else {
            throw ReplayError.notAToken("its token belongs to another history")
        }
        return try token.replay(expecting: steps)
    }
}

extension Token {
    /// Replays the history.
    /// - Parameter known: descriptions of its steps, if known, to report which one has changed.
    /// - Throws: ``ReplayError``, ``SchedulerError``.
    package func replay(expecting known: [String]? = nil) throws -> Violation {
        guard let variant = Variant.named(variant) else { throw ReplayError.notAToken("unknown variant") }
        let machine = try Machine(variant, scenario, reductions)
        let describer = HistoryDescriber(machine, try InvariantChecker(machine))
        var state = machine.start
        var steps: [Step] = []
        for (number, choice) in choices.enumerated() {
            let possible = machine.steps(from: state)
            guard possible.indices.contains(choice) else {
                throw ReplayError.changed(number: number + 1, was: known?[number], now: nil)
            }
            state = try machine.execute(possible[choice], from: state).state
            steps.append(possible[choice])
        }
        let history = try describer.describe(steps)
        if let known {
            for (number, (was, now)) in zip(known, history.moments.map(\.line)).enumerated() where was != now {
                throw ReplayError.changed(number: number + 1, was: was, now: now)
            }
        }
        guard history.checksum == checksum else { throw ReplayError.changedSomewhere }
        return Violation(
            invariant: history.broken.first?.invariant, history: history, token: text,
            sentence: history.broken.first.flatMap { variant.sentence($0.invariant) })
    }
}

extension HistoryDescriber {
    /// A reported history.
    func violation(_ invariant: PaymentInvariant, _ steps: [Step], _ reductions: Reductions) throws -> Violation {
        var state = machine.start
        var choices: [Int] = []
        for step in steps {
            choices.append(machine.steps(from: state).firstIndex(of: step) ?? 0)
            state = try machine.execute(step, from: state).state
        }
        let history = try describe(steps)
        let token = Token(
            variant: machine.variant.name, scenario: machine.scenario, reductions: reductions, choices: choices,
            checksum: history.checksum)
        return Violation(
            invariant: invariant, history: history, token: token.text, sentence: machine.variant.sentence(invariant))
    }
}

extension History.Moment {
    /// `"worker-1 → eda: create order …"`.
    package var line: String { "\(lane)\(partner.map { " → \($0)" } ?? ""): \(text)" }
}

extension History {
    /// FNV-1a of the steps and the violated invariants.
    var checksum: UInt32 {
        var hash = StableHash32()
        for line in moments.map(\.line) + broken.map(\.description) { hash.combine(line) }
        return hash.value
    }
}
