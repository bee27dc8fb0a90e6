import PaymentCore
import Payments
import WorldKit

/// A scenario run against a system over HTTP, and its result.
package struct Simulation: Sendable {
    package var scenario: ScenarioFile
    package var system: SimulatedSystem
    /// Reads a bill file named by a step.
    package var readFile: @Sendable (String) throws -> [UInt8]
    /// Part of all ids created, so that two runs against the same server do not collide.
    package var runID: String
    private let results = RunResults()

    /// - Parameter scenario: one without ``SimulatedSystem/refusals(of:)``.
    package init(
        _ scenario: ScenarioFile, on system: SimulatedSystem, runID: String,
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) {
        self.scenario = scenario.expanded
        self.system = system
        self.runID = runID
        self.readFile = readFile
        total = self.scenario.allSteps.count
    }

    /// The number of steps.
    package let total: Int

    /// Completed steps, and paid orders.
    package var progress: (steps: Int, paid: Int) { results.progress }

    /// Runs every step, waits until all work is done, and checks every invariant.
    /// - Throws: ``Problem`` when the system cannot be reached, or a step is impossible.
    package func run() async throws -> SimulationReport {
        let begun = system.world.now()
        let deadline = begun.advanced(bySeconds: scenario.timeoutSeconds)
        let quiescence = Quiescence(system)
        var pending: [String] = []
        if try await untilDeadline(deadline, { try await runSteps(quiescence, deadline) }) == nil {
            pending = results.inProgress.map { "step \($0)" }
        }
        pending += try await quiescence.wait(until: deadline)
        let seconds = system.world.now().seconds(since: begun)
        let verdict = try await Verdict(system, results, isQuiet: pending.isEmpty).reach()
        verdict.check(scenario.expect, results)
        let figures = results.figures
        return SimulationReport(
            scenario: scenario.name, seed: scenario.seed, steps: figures.steps, seconds: seconds,
            outcomes: figures.outcomes, expectations: figures.expectations, invariants: verdict.invariants,
            latencies: figures.latencies.compactMapValues { SimulationReport.Latency(seconds: $0) },
            payments: figures.paid,
            paymentsPerSecond: figures.payingSeconds > 0 ? Double(figures.paid) / figures.payingSeconds : 0,
            statuses: verdict.statuses, ids: figures.ids, pending: pending)
    }

    private func runSteps(_ quiescence: Quiescence, _ deadline: Instant) async throws {
        let runner = StepRunner(
            scenario: scenario, system: system, results: results, runID: runID, quiescence: quiescence,
            deadline: deadline, readFile: readFile)
        try await runner.run(scenario.steps)
    }

    /// The result of `body`; nil if it timed out and was canceled.
    private func untilDeadline<Value: Sendable>(
        _ deadline: Instant, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let world = system.world
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                do { return try await body() } catch is CancellationError { return nil }
            }
            group.addTask {
                try? await world.sleep(max(0, deadline.seconds(since: world.now())))
                return nil
            }
            defer { group.cancelAll() }
            let first = try await group.next() ?? nil
            try Task.checkCancellation()
            return first
        }
    }
}

extension ScenarioFile {
    /// The same scenario with every crowd expanded into steps.
    package var expanded: ScenarioFile {
        var scenario = self
        scenario.steps = steps.map(expanded)
        return scenario
    }

    private func expanded(_ step: ScenarioStep) -> ScenarioStep {
        if step.kind == .crowd { return Crowd.expanded(step, in: self) }
        var step = step
        step.branches = step.branches.map { $0.map(expanded) }
        return step
    }
}
