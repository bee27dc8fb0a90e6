import CommandLineKit
import QRPayDomain
import QRPayServices
import QRPayStore

/// Commands that stage work and wait for its outcome, doing the work themselves where no other worker does.
struct Waiting: Sendable {
    static let noWait = OptionSpec(name: "no-wait", summary: "Leave the rest to the workers")
    static let timeout = OptionSpec(
        name: "timeout", value: "TIME", default: "30s", summary: "Wait at most so long for the outcome")

    /// A partner that fails so often in a row is given up on.
    private static let patience = 3

    /// How long; nil when the outcome is not waited for.
    let seconds: Double?

    /// - Throws: ``Problem`` for a time that is none, so before anything is staged.
    init(_ options: ParsedOptions) throws {
        let seconds = try options.seconds("timeout") ?? 30
        self.seconds = options.isSet("no-wait") ? nil : seconds
    }

    /// Runs the order's due payment tasks until `isSettled` returns something.
    /// - Returns: nil with `--no-wait`.
    /// - Throws: ``Problem`` (`pending`) when the time ran out, or the partner's error when it kept failing; what was
    ///   staged stays staged.
    func outcome<Value: Sendable>(
        _ context: Context, _ services: Services, orderID: String,
        isSettled: @escaping @Sendable (StoreTransaction) throws -> Value?
    ) async throws -> Value? {
        guard let seconds else { return nil }
        let deadline = context.world.now().advanced(bySeconds: seconds)
        let worker = Worker(services, processes: context.processes)
        try await worker.rescueTasksOfDeadWorkers()
        var failuresInARow = 0
        while true {
            let attempts = try await worker.runDue(
                kinds: [.paymentSettle, .cashbackAccrue], orderID: orderID, limit: 4)
            if let value = try await services.store.read(isSettled) {
                // The cashback that the outcome called for; should it fail, the workers go on with it.
                _ = try await worker.runDue(kinds: [.cashbackAccrue], orderID: orderID, limit: 4)
                return value
            }
            if let stuck = attempts.first(where: { $0.task.kind == .paymentSettle && $0.ending.isStuck }),
                let problem = stuck.problem {
                throw Self.stuck(problem, stuck.task)
            }
            if let problem = attempts.compactMap(\.problem).first {
                failuresInARow += 1
                if failuresInARow >= Self.patience { throw Self.staged(problem) }
            } else if !attempts.isEmpty {
                failuresInARow = 0
            }
            guard context.world.now() < deadline else { throw Self.pending(orderID) }
            if attempts.isEmpty { try await context.world.sleep(0.05) }
        }
    }

    /// The time ran out.
    static func pending(_ orderID: String) -> Problem {
        Problem(
            .pending, "still_pending", "order \(orderID): not decided yet; the workers go on with it",
            hint: "qrpay order status \(orderID)")
    }

    private static func staged(_ problem: Problem) -> Problem {
        var problem = problem
        problem.message += "; what is left is staged and goes on with 'qrpay work'"
        return problem
    }

    /// The task gave up: it does not go on by itself.
    private static func stuck(_ problem: Problem, _ task: QueuedTask) -> Problem {
        var problem = problem
        problem.message += "; task \(task.taskID) gave up, and somebody has to look at it"
        problem.hint = "qrpay task why \(task.taskID)"
        return problem
    }
}

extension Worker.Attempt.Ending {
    fileprivate var isStuck: Bool { if case .stuck = self { true } else { false } }
}
