import Explorer
import PaymentCore
import Simulator
import Testing

/// Every planted bug is found, and harmless changes are not reported.
@Suite struct PlantedBugTests {
    struct Planted: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let variant: Variant
        let breaks: PaymentInvariant
        var scenario: Scenario

        init(
            _ description: String, _ variant: Variant, breaks: PaymentInvariant, _ change: (inout Scenario) -> Void
        ) {
            testDescription = description
            self.variant = variant
            self.breaks = breaks
            scenario = small
            change(&scenario)
        }
    }

    static let bugs = [
        Planted("no guard", PlantedBugs.readCommitted(isGuarded: false), breaks: .payerKept) { $0.users = 2 },
        Planted("operation number ignored", PlantedBugs.operationNumberIgnored, breaks: .outcomeNotGuessed) {
            $0.cards = ["card-decline-once"]
            $0.presses = 2
        },
        Planted("cashback key dropped", PlantedBugs.cashbackKeyDropped, breaks: .cashbackOnce) { $0.lostAnswers = 1 },
        Planted("task staged outside", PlantedBugs.taskStagedOutside, breaks: .nothingMoves) { $0.crashes = 1 },
        Planted("hold not voided", PlantedBugs.holdNotVoided, breaks: .holdHasOwner) {
            $0.cards = ["card-slow"]
            $0.decisions = 1
        },
    ]

    @Test(arguments: bugs)
    func `is found`(_ bug: Planted) throws {
        let report = try Explorer(variant: bug.variant, scenario: bug.scenario).explore()
        #expect(report.findings.incomplete == nil)
        let violation = try #require(report.violations.first { $0.invariant == bug.breaks })
        #expect(violation.history.broken.contains { $0.invariant == bug.breaks })
    }

    /// The very scenarios in which production holds.
    @Test(arguments: bugs)
    func `is absent unless planted`(_ bug: Planted) throws {
        let report = try Explorer(scenario: bug.scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }

    @Test func `the guard holds under interleaving`() throws {
        var scenario = small
        scenario.users = 2
        let report = try Explorer(variant: PlantedBugs.readCommitted(isGuarded: true), scenario: scenario).explore()
        #expect(report.violations.isEmpty && report.findings.incomplete == nil)
    }
}

/// One guest who pays once, without faults.
let small: Scenario = {
    var scenario = Scenario()
    scenario.users = 1
    scenario.cards = ["card-approve"]
    scenario.presses = 1
    return scenario
}()
