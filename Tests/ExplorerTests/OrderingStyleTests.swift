import Explorer
import OrderingCore
import Testing

/// The four styles hold in every history within small bounds.
@Suite struct OrderingStyleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scenario: OrderingScenario

        init(_ style: StyleName, _ description: String, _ change: (inout OrderingScenario) -> Void) {
            testDescription = "\(style.rawValue), \(description)"
            var scenario = OrderingScenario(style: style)
            scenario.presses = 1
            change(&scenario)
            self.scenario = scenario
        }
    }

    private static func each(
        _ description: String, _ change: @escaping (inout OrderingScenario) -> Void
    ) -> [Case] {
        StyleName.allCases.map { Case($0, description, change) }
    }

    static let cases: [Case] =
        each("two presses for a basket") { $0.presses = 2 }
        + each("two presses under a key") { ($0.presses, $0.repetition) = (2, .key) }
        + each("two orders and money for one") { ($0.presses, $0.repetition) = (2, .nothing) }
        + each("no money") { ($0.balance, $0.duplicates) = (0, 1) }
        + each("a duplicate") { $0.duplicates = 1 }
        + each("a lost confirm") { $0.lostConfirms = 1 }
        + each("a crash") { $0.crashes = 1 }
        + each("a lost answer") { $0.lostAnswers = 1 }
        + each("a lost request") { $0.lostRequests = 1 }
        + each("no account yet") { ($0.early, $0.pauses) = (1, 1) }
        + each("a deposit after a refusal") { ($0.balance, $0.deposits) = (0, 1) }
        + each("a basket that is asked for") { ($0.presses, $0.fetches) = (2, 1) }

    @Test(arguments: cases)
    func `holds in every history`(_ test: Case) throws {
        let report = try OrderingExplorer(scenario: test.scenario).explore()
        #expect(report.findings.incomplete == nil && report.findings.finalStates > 1)
        for violation in report.violations {
            Issue.record("\(violation.history.broken) \(violation.history.moments.map(\.line)) \(violation.token)")
        }
    }

    @Test func `every invariant is checked`() {
        #expect(OrderingVariant.production.invariants == OrderingInvariant.allCases)
    }
}
