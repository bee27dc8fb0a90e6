import CommandLineKit
import PaymentCore
import Payments
import WorldKit

/// Commands that stage tasks and wait for the outcome, running the tasks themselves if no other worker does.
struct Waiting: Sendable {
    static let noWait = Option(flag: "no-wait", summary: "Do not wait; leave the rest to the workers")
    static let timeout = Option(
        "timeout", "TIME", .seconds(), default: "30s", summary: "Wait at most this long for the outcome")

    /// Consecutive failures of a partner before giving up.
    private static let patience = 3

    /// How long to wait; nil not to wait.
    let seconds: Double?

    init(_ options: ParsedOptions) { seconds = options[Self.noWait] ? nil : options[Self.timeout] }

    /// Runs the order's due payment tasks until `isSettled` returns something.
    /// - Returns: nil with `--no-wait`.
    /// - Throws: ``Problem``: the partner's error when it kept failing, or when the time ran out and the last attempt,
    ///   whoever made it, had failed; else `pending` when the time ran out. What was staged stays staged.
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
            let now = context.world.now()
            let (settled, stuck) = try await services.store.read { transaction in
                (try isSettled(transaction), try Self.stuckTask(orderID: orderID, at: now, in: transaction))
            }
            if let value = settled {
                // The cashback due to the outcome; if it fails, the workers retry it.
                _ = try await worker.runDue(kinds: [.cashbackAccrue], orderID: orderID, limit: 4)
                return value
            }
            if let stuck { throw Self.stuck(stuck) }
            if let problem = attempts.compactMap(\.problem).first {
                failuresInARow += 1
                if failuresInARow >= Self.patience { throw Self.staged(problem) }
            } else if !attempts.isEmpty {
                failuresInARow = 0
            }
            guard context.world.now() < deadline else {
                throw try await services.store.read {
                    try Self.failing(orderID: orderID, at: now, in: $0).map(Self.staged) ?? Self.pending(orderID)
                }
            }
            if attempts.isEmpty { try await context.world.sleep(0.05) }
        }
    }

    /// The time ran out.
    static func pending(_ orderID: String) -> Problem {
        Problem(
            .pending, "still_pending", "order \(orderID): not decided yet; the workers continue",
            hint: "qrpay order status \(orderID)")
    }

    private static func staged(_ problem: Problem) -> Problem {
        var problem = problem
        problem.message += "; the rest is staged and continues with 'qrpay work'"
        return problem
    }

    /// A stuck payment task of the order, if no other task can still produce the outcome.
    private static func stuckTask(
        orderID: String, at now: Instant, in transaction: StoreTransaction
    ) throws -> QueuedTask? {
        var filter = TaskFilter()
        (filter.kinds, filter.orderID) = ([.paymentSettle], orderID)
        let tasks = try transaction.tasks.tasks(filter, at: now).filter { !$0.state.isFinal }
        return tasks.allSatisfy { $0.state == .stuck } ? tasks.last : nil
    }

    /// What the last attempt at the order's payment failed with; nil when it only waits.
    private static func failing(
        orderID: String, at now: Instant, in transaction: StoreTransaction
    ) throws -> Problem? {
        var filter = TaskFilter()
        (filter.kinds, filter.orderID) = ([.paymentSettle], orderID)
        let failing = try transaction.tasks.tasks(filter, at: now).last { task in
            !task.state.isFinal && task.errorClass.map { !AttemptClass.waiting.contains($0) } ?? false
        }
        return failing.map {
            Problem(
                .partner, $0.errorClass ?? "", $0.errorMessage ?? "no reason is known",
                hint: "qrpay task why \($0.taskID)")
        }
    }

    /// It does not go on by itself.
    private static func stuck(_ task: QueuedTask) -> Problem {
        Problem(
            .partner, task.errorClass ?? "stuck",
            "\(task.errorMessage ?? "reason unknown"); task \(task.taskID) is stuck and needs attention",
            hint: "qrpay task why \(task.taskID)")
    }
}
