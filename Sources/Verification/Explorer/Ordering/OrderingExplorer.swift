/// Searches for histories of the ordering system that violate an invariant.
package struct OrderingExplorer: Sendable {
    package var variant: OrderingVariant
    package var scenario: OrderingScenario
    package var strategy = SearchStrategy.exhaustive(preemptions: nil)
    package var reductions = Reductions.ordering
    package var isOver: Interruption = { _ in nil }
    /// Whether to stop shortening histories.
    package var isTooLate: @Sendable () -> Bool = { false }

    package init(variant: OrderingVariant = .production, scenario: OrderingScenario = OrderingScenario()) {
        self.variant = variant
        self.scenario = scenario
    }

    package struct Report: Sendable {
        package var findings: SearchCounts
        /// Shortest first.
        package var violations: [OrderingViolation]
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
        /// Distinct contents checked.
        package var judged: Int
    }

    /// - Throws: ``SchedulerError``, `SQLError`: a defect of this explorer, or code that it does not support.
    package func explore() throws -> Report {
        let machine = try OrderingMachine(variant, scenario, reductions)
        let checker = OrderingChecker(machine)
        let findings = try checker.search(machine, strategy, reductions, isOver: isOver)
        var shortest = Shortest(machine: machine, checker: checker)
        shortest.isOver = isTooLate
        let describer = OrderingDescriber(machine, checker)
        let violations = try shortest.histories(for: findings.violations).map {
            try describer.violation($0.key, $0.value, reductions)
        }
        return Report(
            findings: findings.counts, violations: violations.sorted(by: OrderingViolation.isShorter),
            work: Work(
                codeRuns: machine.tree.runCount, processStates: machine.tree.nodeCount,
                transactions: machine.stores.reduce(0) { $0 + $1.transactionCount },
                storeStates: machine.stores.reduce(0) { $0 + $1.count }, judged: checker.caseCount))
    }

    /// The number of all histories, without reductions.
    package func countHistories() throws -> Double {
        try HistoryCount(machine: OrderingMachine(variant, scenario, [.forgetting, .memory])).count()
    }
}
