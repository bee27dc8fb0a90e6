import Payments
import QueueKit
import WorldKit

/// Steps of the operators: workers and clocks of the simulation's own system.
extension StepRunner {
    func own(_ step: StepFields) async throws -> StepResult {
        guard let own = system.own else { throw step.problem("do", "works only on the simulation's own server") }
        switch step.kind {
        case .workers:
            await own.setWorkers(try step.whole("count") ?? 0)
            return StepResult("done")
        case .work:
            let attempts = try await own.work(limit: try step.whole("limit") ?? 1)
            return StepResult(
                attempts.map(\.ending.word).min() ?? "idle", values: ["attempts": "\(attempts.count)"])
        default:
            own.advance(bySeconds: try step.seconds("seconds").lowerBound)
            return StepResult("done")
        }
    }
}

extension Worker.Attempt.Ending {
    fileprivate var word: String {
        switch self {
        case .done: "done"
        case .postponed: "postponed"
        case .stuck: "stuck"
        case .leaseLost: "lease_lost"
        }
    }
}
