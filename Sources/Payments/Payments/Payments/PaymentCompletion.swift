package import PaymentCore
package import QueueKit
import WorldKit

/// Completes a payment or refund that was begun, for a caller that waits for its outcome: runs the order's due tasks,
/// unless another worker does.
///
/// What was begun stays staged whatever is thrown here; the workers continue it.
package struct PaymentCompletion: Sendable {
    private let services: Services
    private let worker: Worker

    /// Consecutive failures of a partner before giving up.
    private static let patience = 3
    private static let pollSeconds = 0.05

    package init(_ services: Services, processes: Processes) {
        self.services = services
        worker = Worker(services.queue, processes: processes)
    }

    package struct PaymentOutcome: Sendable {
        /// As it was when the outcome became known.
        package var order: Order
        /// Why this guest's payment did not succeed; nil when it did.
        package var declined: String?
    }

    package struct RefundOutcome: Sendable {
        package var order: Order
        /// Decided.
        package var operation: PaymentOperation
    }

    /// Waits for the outcome of the payment that `begun` was returned for.
    /// - Throws: ``Problem``: the partner's error when it kept failing, or when the time ran out and the last attempt
    ///   of any worker had failed; else `still_pending` when the time ran out.
    package func payment(_ begun: Order, withinSeconds seconds: Double) async throws -> PaymentOutcome {
        let attempt = (begun.edaOrderID, begun.beganAt)
        let order = try await outcome(of: begun.orderID, withinSeconds: seconds) { transaction -> Order? in
            let order = try transaction.order(begun.orderID)
            // Another guest may be paying an order whose hold failed; this guest's outcome is then known too.
            return !order.status.isMoving || (order.edaOrderID, order.beganAt) != attempt ? order : nil
        }
        let isPaid = order.uid == begun.uid && (order.status == .cleared || order.status == .refunded)
        return PaymentOutcome(order: order, declined: isPaid ? nil : try await failure(of: begun))
    }

    /// Waits for the outcome of a refund.
    /// - Throws: as ``payment(_:withinSeconds:)``.
    package func refund(_ begun: Payments.RefundBegun, withinSeconds seconds: Double) async throws -> RefundOutcome {
        let (orderID, number) = (begun.order.orderID, begun.operation.number)
        let invoiceID = begun.order.edaOrderID ?? ""
        return try await outcome(of: orderID, withinSeconds: seconds) { transaction -> RefundOutcome? in
            let record = try transaction.operations.operation(invoiceID: invoiceID, number: number)
            guard let operation = record?.operation, operation.status.isFinal else { return nil }
            return RefundOutcome(order: try transaction.order(orderID), operation: operation)
        }
    }

    /// Runs the order's due payment tasks until `settled` returns something.
    private func outcome<Value: Sendable>(
        of orderID: String, withinSeconds seconds: Double,
        settled: @escaping @Sendable (StoreTransaction) throws -> Value?
    ) async throws -> Value {
        let deadline = services.world.now().advanced(bySeconds: seconds)
        try await worker.rescueTasksOfDeadWorkers()
        var failuresInARow = 0
        while true {
            let attempts = try await worker.runDue(
                kinds: [.paymentSettle, .cashbackAccrue], tags: [.orderID: orderID], limit: 4)
            let now = services.world.now()
            let (value, stuck) = try await services.store.read { transaction in
                (try settled(transaction), try transaction.stuckPaymentTask(orderID: orderID, at: now))
            }
            if let value {
                // The cashback due to the outcome; if it fails, the workers retry it.
                _ = try await worker.runDue(kinds: [.cashbackAccrue], tags: [.orderID: orderID], limit: 4)
                return value
            }
            if let stuck { throw Problem(stuck: stuck) }
            if let problem = attempts.compactMap(\.error).first.map(Problem.init) {
                failuresInARow += 1
                if failuresInARow >= Self.patience { throw problem.staged }
            } else if !attempts.isEmpty {
                failuresInARow = 0
            }
            guard services.world.now() < deadline else { throw try await timeout(of: orderID, at: now) }
            if attempts.isEmpty { try await services.world.sleep(Self.pollSeconds) }
        }
    }

    /// What the last attempt failed with; `still_pending` when it only waits.
    private func timeout(of orderID: String, at now: Instant) async throws -> Problem {
        let failing = try await services.store.read {
            try $0.failingPaymentTask(orderID: orderID, at: now)
        }
        return failing.map { Problem(failing: $0).staged } ?? .stillPending(orderID)
    }

    /// The reason in the last journal entry about this guest's payment.
    private func failure(of begun: Order) async throws -> String {
        let entries = try await services.store.read { try $0.journal.entries(orderID: begun.orderID) }
        let last = entries.last {
            ($0.event == .holdFailed || $0.event == .clearFailed) && $0.detail["invoice_id"] == begun.edaOrderID
        }
        return last?.detail["reason"] ?? last?.detail["outcome"] ?? "no reason given"
    }
}

extension StoreTransaction {
    /// A stuck payment task of the order, if no other task can still produce the outcome.
    fileprivate func stuckPaymentTask(orderID: String, at now: Instant) throws -> QueuedTask? {
        let tasks = try unfinishedPaymentTasks(orderID: orderID, at: now)
        return tasks.allSatisfy { $0.state == .stuck } ? tasks.last : nil
    }

    /// The order's payment task whose last attempt failed; nil when all only wait.
    fileprivate func failingPaymentTask(orderID: String, at now: Instant) throws -> QueuedTask? {
        try unfinishedPaymentTasks(orderID: orderID, at: now).last { task in
            task.errorClass.map { !AttemptClass.waiting.contains($0) } ?? false
        }
    }

    private func unfinishedPaymentTasks(orderID: String, at now: Instant) throws -> [QueuedTask] {
        var filter = TaskFilter()
        (filter.kinds, filter.orderID) = ([.paymentSettle], orderID)
        filter.states = [.stuck, .running, .ready, .scheduled]
        return try tasks.tasks(filter, at: now)
    }
}

extension Problem {
    /// The time ran out before an outcome was known.
    package static func stillPending(_ orderID: String) -> Problem {
        Problem(
            .pending, "still_pending", "order \(orderID): not decided yet; the workers continue",
            next: .showOrderStatus(orderID))
    }

    package static func paymentDeclined(_ orderID: String, _ reason: String) -> Problem {
        Problem(.negative, "payment_declined", "order \(orderID): not paid: \(reason)")
    }

    package static func refundFailed(_ orderID: String, _ reason: String?) -> Problem {
        Problem(.negative, "refund_failed", "order \(orderID): the refund failed (\(reason ?? "no reason given"))")
    }

    fileprivate init(failing task: QueuedTask) {
        self.init(
            .partner, task.errorClass ?? "", task.errorMessage ?? "no reason is known", next: .explainTask(task.taskID))
    }

    /// It does not continue without an operator.
    fileprivate init(stuck task: QueuedTask) {
        self.init(
            .partner, task.errorClass ?? "stuck",
            "\(task.errorMessage ?? "reason unknown"); task \(task.taskID) is stuck and needs attention",
            next: .explainTask(task.taskID))
    }

    fileprivate var staged: Problem {
        var problem = self
        problem.isRestStaged = true
        return problem
    }
}
