package import PaymentCore

/// Maps each kind of task to the use case that runs it.
package struct TaskHandlers: Sendable {
    /// Runs one attempt of a task; throws what prevented its completion.
    package var run: @Sendable (QueuedTask) async throws -> TaskOutcome

    package init(run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome) { self.run = run }

    package init(_ services: Services) {
        run = { task in
            switch task.kind {
            case .paymentSettle:
                return try await Settlement(services).run(task)
            case .cashbackAccrue:
                return try await CashbackPosting(services).run(task)
            case .receiptFetch:
                return try await ReceiptFetch(services).run(task)
            case .orderExpire:
                guard let orderID = task.orderID else { throw TaskError.badPayload(task.kind, task.key) }
                return try await Orders(services).expire(orderID).map(TaskOutcome.at) ?? .done
            }
        }
    }
}
