package import QRPayDomain

/// Which use case runs which kind of task.
package struct TaskHandlers: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package func run(_ task: QueuedTask) async throws -> TaskOutcome {
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
