import PaymentCore
import PaymentSandbox

/// A history as one line of text: the scenario, the choices, and a checksum of the resulting history.
///
/// Choices are indices into the list of possible steps, which is the same on every machine.
package struct Token: Hashable, Sendable {
    package var variant: String
    package var scenario: Scenario
    var reductions: Reductions
    var choices: [Int]
    /// Of the described history; a different value means that the code has changed.
    var checksum: UInt32

    package static let prefix = "qx1-"

    package var text: String {
        var writer = TokenWriter(
            variant: Variant.all.firstIndex { $0.name == variant }, scenario.isolation, reductions)
        for number in scenario.numbers { writer.append(number) }
        writer.append(list: scenario.cards.map { card in Card.allCases.firstIndex { $0.rawValue == card } ?? 0 })
        writer.append(list: choices)
        return writer.text(Self.prefix, checksum: checksum)
    }

    /// - Throws: ``ReplayError/notAToken(_:)``.
    package init(text: String) throws(ReplayError) {
        var reader = try TokenReader(text, prefix: Self.prefix)
        let (variant, isolation, reductions) = try reader.beginning()
        guard Variant.all.indices.contains(variant) else { throw .notAToken("unknown variant") }
        self.variant = Variant.all[variant].name
        self.reductions = reductions
        var scenario = Scenario()
        scenario.isolation = isolation
        scenario.numbers = try reader.numbers(scenario.numbers.count)
        scenario.cards = []
        for card in try reader.list() {
            guard Card.allCases.indices.contains(card) else { throw .notAToken("unknown card") }
            scenario.cards.append(Card.allCases[card].rawValue)
        }
        guard scenario.isValid else { throw .notAToken("invalid numbers in its scenario") }
        self.scenario = scenario
        choices = try reader.list()
        checksum = try reader.end()
    }

    init(variant: String, scenario: Scenario, reductions: Reductions, choices: [Int], checksum: UInt32) {
        self.variant = variant
        self.scenario = scenario
        self.reductions = reductions
        self.choices = choices
        self.checksum = checksum
    }
}
