package import JSONKit
package import OrderingCore

/// A history of the ordering system as one line of text: the scenario, the choices, and a checksum of the history.
package struct OrderingToken: Hashable, Sendable {
    package var variant: String
    package var scenario: OrderingScenario
    var reductions: Reductions
    var choices: [Int]
    /// Of the described history; a different value means that the code has changed.
    var checksum: UInt32

    package static let prefix = "qo1-"

    package var text: String {
        var writer = TokenWriter([
            UInt8(OrderingVariant.all.firstIndex { $0.name == variant } ?? 0xff), reductions.rawValue,
        ])
        for number in scenario.numbers { writer.append(number) }
        writer.append(list: choices)
        return writer.text(Self.prefix, checksum: checksum)
    }

    /// - Throws: ``ReplayError/notAToken(_:)``.
    package init(text: String) throws(ReplayError) {
        var reader = try TokenReader(text, prefix: Self.prefix)
        let variant = Int(try reader.byte())
        guard OrderingVariant.all.indices.contains(variant) else { throw .notAToken("unknown variant") }
        self.variant = OrderingVariant.all[variant].name
        reductions = Reductions(rawValue: try reader.byte())
        var scenario = OrderingScenario()
        scenario.numbers = try reader.numbers(scenario.numbers.count)
        guard scenario.isValid else { throw .notAToken("invalid numbers in its scenario") }
        self.scenario = scenario
        choices = try reader.list()
        checksum = try reader.end()
    }

    init(
        variant: String, scenario: OrderingScenario, reductions: Reductions, choices: [Int], checksum: UInt32
    ) {
        self.variant = variant
        self.scenario = scenario
        self.reductions = reductions
        self.choices = choices
        self.checksum = checksum
    }

    /// Replays the history.
    /// - Parameter known: descriptions of its steps, if known, to report which one has changed.
    /// - Throws: ``ReplayError``, ``SchedulerError``.
    package func replay(expecting known: [String]? = nil) throws -> OrderingViolation {
        guard let variant = OrderingVariant.named(variant) else { throw ReplayError.notAToken("unknown variant") }
        let machine = try OrderingMachine(variant, scenario, reductions)
        let describer = OrderingDescriber(machine, OrderingChecker(machine))
        let history = try describer.follow(choices, checksum: checksum, expecting: known)
        return OrderingViolation(
            invariant: history.broken.first?.invariant, history: history, token: text,
            sentence: history.broken.first.flatMap { variant.sentences[$0.invariant] })
    }
}

extension OrderingDescriber {
    /// A reported history.
    func violation(
        _ invariant: OrderingInvariant, _ steps: [OrderingStep], _ reductions: Reductions
    ) throws -> OrderingViolation {
        let history = try describe(steps)
        let token = OrderingToken(
            variant: machine.variant.name, scenario: machine.scenario, reductions: reductions,
            choices: try choices(of: steps), checksum: history.checksum)
        return OrderingViolation(
            invariant: invariant, history: history, token: token.text, sentence: machine.variant.sentences[invariant])
    }
}

/// A saved history, to be replayed after changes of the code.
package struct SavedOrderingHistory: Codable, Hashable, Sendable {
    package var format = 1
    package var variant: String
    package var scenario: OrderingScenario
    /// The invariants it violates; empty for one that must hold.
    package var breaks: [OrderingInvariant]
    /// A description of each step.
    package var steps: [String]
    package var token: String

    /// - Parameter violation: the result of a search.
    package init(_ violation: OrderingViolation) throws(ReplayError) {
        let token = try OrderingToken(text: violation.token)
        variant = token.variant
        scenario = token.scenario
        breaks = Array(Set(violation.history.broken.map(\.invariant))).sorted { $0.rawValue < $1.rawValue }
        steps = violation.history.moments.map(\.line)
        self.token = violation.token
    }

    /// Reads a saved history.
    /// - Throws: ``ReplayError/notAToken(_:)``.
    package init(json: [UInt8]) throws(ReplayError) {
        do {
            self = try JSON.decode(Self.self, from: try JSONValue(parsing: json, as: .interoperable))
        } catch {
            throw .notAToken("not a saved history")
        }
        guard format == 1 else { throw .notAToken("unknown format \(format)") }
    }

    /// Replays it.
    /// - Throws: ``ReplayError``, ``SchedulerError``.
    package func replay() throws -> OrderingViolation {
        let token = try OrderingToken(text: token)
        guard token.variant == variant, token.scenario == scenario, token.choices.count == steps.count else {
            throw ReplayError.notAToken("its token belongs to another history")
        }
        return try token.replay(expecting: steps)
    }

    package var json: JSONObject {
        [
            "format": format, "variant": variant, "scenario": scenario, "breaks": breaks.map(\.rawValue),
            "steps": steps, "token": token,
        ]
    }
}
