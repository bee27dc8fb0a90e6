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
        let history = try describer.follow(choices, checksum: checksum, expecting: known)
        return Violation(
            invariant: history.broken.first?.invariant, history: history, token: text,
            sentence: history.broken.first.flatMap { variant.sentence($0.invariant) })
    }
}

extension HistoryDescriber {
    /// A reported history.
    func violation(_ invariant: PaymentInvariant, _ steps: [Step], _ reductions: Reductions) throws -> Violation {
        let history = try describe(steps)
        let token = Token(
            variant: machine.variant.name, scenario: machine.scenario, reductions: reductions,
            choices: try choices(of: steps), checksum: history.checksum)
        return Violation(
            invariant: invariant, history: history, token: token.text, sentence: machine.variant.sentence(invariant))
    }
}
