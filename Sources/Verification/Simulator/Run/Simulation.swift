import PaymentCore
import Payments
import WorldKit

/// A scenario, run against a system over HTTP, and what it came to.
package struct Simulation: Sendable {
    package var scenario: ScenarioFile
    package var system: SimulatedSystem
    /// Reads a bill's file that a step names.
    package var readFile: @Sendable (String) throws -> [UInt8]
    /// Marks what comes into being, so that two runs against the same server do not meet.
    package var runID: String
    private let board = Board()

    /// - Parameter scenario: one that ``SimulatedSystem/refusals(of:)`` has nothing against.
    package init(
        _ scenario: ScenarioFile, on system: SimulatedSystem, runID: String,
        readFile: @escaping @Sendable (String) throws -> [UInt8]
    ) {
        self.scenario = scenario.spelledOut
        self.system = system
        self.runID = runID
        self.readFile = readFile
        total = self.scenario.allSteps.count
    }

    /// How many steps there are.
    package let total: Int

    /// Steps that have ended, and orders that are paid.
    package var progress: (steps: Int, paid: Int) { board.progress }

    /// Runs every step, waits until nothing is under way any more, and looks at every invariant.
    /// - Throws: ``Problem`` when the system cannot be reached, or a step cannot be done at all.
    package func run() async throws -> SimulationReport {
        let begun = system.world.now()
        let deadline = begun.advanced(bySeconds: scenario.timeoutSeconds)
        let quiescence = Quiescence(system)
        var pending: [String] = []
        if try await untilDeadline(deadline, { try await runSteps(quiescence, deadline) }) == nil {
            pending = board.underWay.map { "step \($0)" }
        }
        pending += try await quiescence.wait(until: deadline)
        let seconds = system.world.now().seconds(since: begun)
        let verdict = try await Verdict(system, board, isQuiet: pending.isEmpty).reach()
        verdict.check(scenario.expect, board)
        let figures = board.figures
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
            scenario: scenario, system: system, board: board, runID: runID, quiescence: quiescence,
            deadline: deadline, readFile: readFile)
        try await runner.run(scenario.steps)
    }

    /// What `body` returns; nil when the time ran out before, and it was broken off.
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
    /// The same scenario with every crowd spelled out.
    package var spelledOut: ScenarioFile {
        var scenario = self
        scenario.steps = steps.map(spelledOut)
        return scenario
    }

    private func spelledOut(_ step: ScenarioStep) -> ScenarioStep {
        if step.kind == .crowd { return Crowd.spelledOut(step, in: self) }
        var step = step
        step.branches = step.branches.map { $0.map(spelledOut) }
        return step
    }
}
