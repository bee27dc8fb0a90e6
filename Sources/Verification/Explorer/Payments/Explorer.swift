package import PaymentCore
import SQLKit

/// Searches for histories that violate an invariant.
package struct Explorer: Sendable {
    package typealias Strategy = SearchStrategy

    package var variant: Variant
    package var scenario: Scenario
    package var strategy = Strategy.exhaustive(preemptions: nil)
    package var reductions = Reductions.all
    package var isOver: Interruption = { _ in nil }
    /// Whether to stop shortening histories.
    package var isTooLate: @Sendable () -> Bool = { false }

    package init(variant: Variant = .production, scenario: Scenario = Scenario()) {
        self.variant = variant
        self.scenario = scenario
    }

    package struct Report: Sendable {
        package var findings: SearchCounts
        /// Shortest first.
        package var violations: [Violation]
        package var work: Work
    }

    /// The work done for the findings.
    package struct Work: Hashable, Sendable {
        /// Runs of production code from the start of a process.
        package var codeRuns: Int
        /// Histories of single processes.
        package var processStates: Int
        /// Transactions run on SQLite.
        package var transactions: Int
        package var storeStates: Int
        package var partnerStates: Int
        /// Distinct states checked: pairs of our records and the partners' state.
        package var judged: Int
    }

    /// - Throws: ``SchedulerError``, `SQLError`: a defect of this explorer, or code that it does not support.
    package func explore() throws -> Report {
        let machine = try Machine(variant, scenario, reductions)
        let checker = try InvariantChecker(machine)
        let findings = try search(machine, checker)
        var shortest = Shortest(machine: machine, checker: checker)
        shortest.isOver = isTooLate
        let describer = HistoryDescriber(machine, checker)
        let violations = try shortest.histories(for: findings.violations).map {
            try describer.violation($0.key, $0.value, reductions)
        }
        return Report(
            findings: findings.counts,
            violations: violations.sorted(by: Violation.isShorter),
            work: Work(
                codeRuns: machine.tree.runCount, processStates: machine.tree.nodeCount,
                transactions: machine.store.transactionCount, storeStates: machine.store.count,
                partnerStates: machine.partners.count, judged: checker.caseCount))
    }

    /// The number of all histories, without reductions.
    package func countHistories() throws -> Double {
        try HistoryCount(machine: Machine(variant, scenario, [.forgetting, .memory])).count()
    }

    func search(_ machine: Machine, _ checker: InvariantChecker) throws -> Findings {
        try checker.search(machine, strategy, reductions, isOver: isOver)
    }
}

/// What the searches find in payments.
typealias Findings = SearchFindings<InvariantChecker>
typealias DepthFirst = DepthFirstSearch<InvariantChecker>
typealias RandomWalks = WalkSearch<InvariantChecker>

extension BrokenInvariant: BrokenStatement {}

package typealias History = ExploredHistory<BrokenInvariant>
package typealias Violation = ExploredViolation<BrokenInvariant>
