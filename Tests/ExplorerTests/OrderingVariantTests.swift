import Explorer
import OrderingCore
import Testing

/// What goes wrong in other designs, each as its shortest history.
@Suite struct OrderingVariantTests {
    struct Flaw: Sendable, CustomTestStringConvertible {
        let variant: String
        let breaks: OrderingInvariant
        let steps: Int
        let explanation: String
        let change: @Sendable (inout OrderingScenario) -> Void

        init(
            _ variant: String, _ breaks: OrderingInvariant, steps: Int, _ explanation: String,
            _ change: @escaping @Sendable (inout OrderingScenario) -> Void = { _ in }
        ) {
            self.variant = variant
            self.breaks = breaks
            self.steps = steps
            self.explanation = explanation
            self.change = change
        }

        var testDescription: String { "\(variant): \(breaks.rawValue), \(explanation)" }
    }

    static let flaws: [Flaw] = []

    private static func explore(_ flaw: Flaw) throws -> OrderingExplorer.Report {
        let variant = try #require(OrderingVariant.named(flaw.variant))
        var scenario = variant.scenario
        flaw.change(&scenario)
        return try OrderingExplorer(variant: variant, scenario: scenario).explore()
    }

    @Test(arguments: flaws)
    func `goes wrong in a short history`(_ flaw: Flaw) throws {
        let report = try Self.explore(flaw)
        let violation = try #require(report.violations.first { $0.invariant == flaw.breaks })
        #expect(violation.history.moments.count == flaw.steps)
        #expect(violation.sentence != nil)
        #expect(violation.history.broken.contains { $0.explanation.contains(flaw.explanation) })
        // The token follows the same history again.
        let again = try OrderingToken(text: violation.token).replay()
        #expect(again.history.moments == violation.history.moments)
        #expect(again.history.broken == violation.history.broken)
    }

    /// Within the very bounds in which a variant goes wrong, the production code does not.
    @Test(arguments: flaws)
    func `the production code holds there`(_ flaw: Flaw) throws {
        var scenario = try #require(OrderingVariant.named(flaw.variant)).scenario
        flaw.change(&scenario)
        let report = try OrderingExplorer(scenario: scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }

    @Test func `every variant is in the table`() {
        #expect(Set(Self.flaws.map(\.variant)) == Set(OrderingVariant.all.dropFirst().map(\.name)))
    }
}
