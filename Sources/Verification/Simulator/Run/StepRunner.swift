import JSONKit
import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// Runs the steps of a scenario, in sequence or in parallel.
struct StepRunner: Sendable {
    let scenario: ScenarioFile
    let system: SimulatedSystem
    let results: RunResults
    let runID: String
    let quiescence: Quiescence
    let deadline: Instant
    let readFile: @Sendable (String) throws -> [UInt8]

    /// Consecutive failures of a request before giving up.
    private static let patience = 3
    private static let firstPauseSeconds = 0.1

    func run(_ steps: [ScenarioStep]) async throws {
        for step in steps {
            try Task.checkCancellation()
            try await run(step)
        }
    }

    private func run(_ step: ScenarioStep) async throws {
        if let after = step.after, after.upperBound > 0 {
            var chance = Chance(seed: scenario.seed, "\(step.name) begins")
            try await system.world.sleep(chance.seconds(in: after))
        }
        results.begin(step)
        let result = try await result(of: step)
        results.end(step, result)
        check(result, of: step)
    }

    /// The outcome of a step; a refusal is an outcome too.
    private func result(of step: ScenarioStep) async throws -> StepResult {
        do {
            return try await carryOut(StepFields(step, results))
        } catch let error as CancellationError {
            throw error
        } catch {
            let problem = Problem(simulated: error)
            // An unreachable service has not answered.
            guard !["server_unreachable", "sandbox_unreachable"].contains(problem.code), problem.kind != .store,
                problem.kind != .defect
            else { throw problem }
            return StepResult(error: problem)
        }
    }

    private func check(_ result: StepResult, of step: ScenarioStep) {
        switch step.expect {
        case .outcome(let words)?:
            let missed = words.contains(result.outcome) ? nil : result.description
            results.add(
                CheckedExpectation(place: step.name, expected: words.joined(separator: " or "), missed: missed))
        case nil where step.kind.mustSucceed && result.isError:
            results.add(CheckedExpectation(place: step.name, expected: "no error", missed: result.description))
        case .counts?, nil: break
        }
    }

    private func carryOut(_ step: StepFields) async throws -> StepResult {
        switch step.kind {
        case .bill: try await bill(step)
        case .look: try await look(step)
        case .pay: try await pay(step)
        case .wait: try await wait(step)
        case .poll: try await poll(step)
        case .refund: try await refund(step)
        case .cancel: try await cancel(step)
        case .report: try await report(step)
        case .decide, .redeliver, .fault, .heal: try await sandbox(step)
        case .workers, .work, .advance: try await own(step)
        case .pause:
            try await pause(step)
        case .quiet:
            try await quiet()
        case .together, .crowd: try await together(step.step)
        }
    }

    // MARK: Local steps

    private func pause(_ step: StepFields) async throws -> StepResult {
        var chance = Chance(seed: scenario.seed, step.step.name)
        try await system.world.sleep(chance.seconds(in: try step.seconds("seconds")))
        return StepResult("done")
    }

    private func quiet() async throws -> StepResult {
        StepResult(try await quiescence.wait(until: deadline).isEmpty ? "quiet" : "busy")
    }

    private func together(_ step: ScenarioStep) async throws -> StepResult {
        let before = step.expect == nil ? nil : results.figures.outcomes
        try await withThrowingTaskGroup(of: Void.self) { group in
            for branch in step.branches { group.addTask { try await run(branch) } }
            // The first failure cancels the others.
            try await group.waitForAll()
        }
        if case .counts(let counts)? = step.expect {
            let after = results.figures.outcomes
            for (word, count) in counts.sorted(by: { $0.key < $1.key }) {
                let found = (after[word] ?? 0) - (before?[word] ?? 0)
                results.add(
                    CheckedExpectation(
                        place: "\(step.name) \(word)", expected: "\(count)", missed: found == count ? nil : "\(found)"))
            }
        }
        return StepResult("done")
    }

    // MARK: Exchanges

    /// Sends a request, measures it, and retries it when the failure is inconclusive.
    func measured<Value>(_ kind: String, _ body: () async throws -> Value) async throws -> Value {
        var pause = Self.firstPauseSeconds
        for attempt in 1... {
            let begun = system.world.now()
            do {
                let value = try await body()
                results.addLatency(system.world.now().seconds(since: begun), kind)
                return value
            } catch let problem as Problem where problem.kind == .partner && problem.code != "not_a_server" {
                guard attempt < Self.patience else { throw problem }
            }
            try await system.world.sleep(pause)
            pause *= 2
        }
        throw CancellationError()
    }
}

extension StepResult {
    fileprivate var description: String { message.map { "\(outcome): \($0)" } ?? outcome }
}

extension Problem {
    /// Any error of a step.
    init(simulated error: any Error) {
        guard let error = error as? SandboxControlError else {
            self.init(error)
            return
        }
        switch error.code {
        case .unreachable:
            self.init(.partner, "sandbox_unreachable", "the sandbox cannot be reached: \(error.message)")
        case .notASandbox:
            self.init(.partner, "not_a_sandbox", "the partners are not a sandbox: \(error.message)")
        case .rejected(_, let code): self.init(.conflict, code, "the sandbox refused: \(error.message)")
        }
    }
}
