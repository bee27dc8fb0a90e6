package import QRPayDomain

/// Looks for a history that breaks an invariant.
package struct Explorer: Sendable {
    package var variant: Variant
    package var scenario: Scenario
    package var reductions = Reductions.all
    /// Asked now and then: why to stop; nil to go on.
    package var isOver: @Sendable () -> String? = { nil }

    package init(variant: Variant = .production, scenario: Scenario = Scenario()) {
        self.variant = variant
        self.scenario = scenario
    }

    package struct Report: Sendable {
        /// Histories followed to their end.
        package var schedules: Int
        /// Histories left off because the rest was known.
        package var pruned: Int
        package var steps: Int
        package var deepest: Int
        /// How many ends differ in what is written down or held.
        package var finalStates: Int
        package var transactions: Int
        package var codeRuns: Int
        package var processStates: Int
        package var storeStates: Int
        package var judged: Int
        package var violations: [(invariant: PaymentInvariant, history: History)]
        /// Why not everything was looked at; nil when it was.
        package var incomplete: String?
    }

    package func explore() throws -> Report {
        let machine = try Machine(
            variant, scenario, isForgetful: reductions.contains(.forgetting),
            isSymmetric: reductions.contains(.symmetry))
        let judge = try Judge(machine)
        var search = DepthFirst(machine: machine, judge: judge, reductions: reductions)
        search.isOver = isOver
        let findings = try search.search()
        var shortest = Shortest(machine: machine, judge: judge)
        shortest.isOver = isOver
        let narrator = Narrator(machine, judge)
        let violations = try shortest.histories(for: findings.violations).map { ($0, try narrator.tell($1)) }
            .sorted { $0.1.moments.count < $1.1.moments.count }
        return Report(
            schedules: findings.schedules, pruned: findings.pruned, steps: findings.steps, deepest: findings.deepest,
            finalStates: findings.endings.count, transactions: machine.store.transactionCount,
            codeRuns: machine.tree.runCount, processStates: machine.tree.nodeCount, storeStates: machine.store.count,
            judged: judge.caseCount, violations: violations,
            incomplete: findings.incomplete)
    }
}
