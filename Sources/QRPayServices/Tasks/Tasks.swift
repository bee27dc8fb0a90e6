package import QRPayDomain
package import QRPayStore

/// Looking at the queue and pushing stuck tasks again.
package struct Tasks: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package func list(_ filter: TaskFilter) async throws -> [QueuedTask] {
        let now = services.world.now()
        return try await services.store.read { try $0.tasks.tasks(filter, at: now) }
    }

    package struct Details: Sendable {
        package var task: QueuedTask
        package var attempts: [TaskAttempt]
        package var requeues: [TaskRepository.Requeue]
    }

    package func details(_ taskID: Int64) async throws -> Details {
        let now = services.world.now()
        return try await services.store.read { transaction in
            guard let task = try transaction.tasks.task(id: taskID, at: now) else { throw TaskError.notFound(taskID) }
            return Details(
                task: task, attempts: try transaction.tasks.attempts(taskID: taskID),
                requeues: try transaction.tasks.requeues(taskID: taskID))
        }
    }

    /// What a requeue did, or would do.
    package struct RequeueResult: Sendable {
        package struct Skipped: Hashable, Sendable {
            package var task: QueuedTask
            package var why: String
        }

        package var batch: String
        package var isDryRun: Bool
        package var matched: [QueuedTask]
        package var requeued: [QueuedTask]
        package var skipped: [Skipped]
    }

    /// Gives every matched task that is neither running nor done a fresh set of attempts, due now.
    /// - Throws: ``TaskError/emptyFilter``, or ``TaskError/notFound(_:)`` for an id that does not exist.
    package func requeue(
        _ filter: TaskFilter, reason: String, actor: Actor = .support, isDryRun: Bool
    ) async throws -> RequeueResult {
        guard !filter.isEmpty else { throw TaskError.emptyFilter }
        let now = services.world.now()
        let batch = services.world.newID()
        let body: @Sendable (StoreTransaction) throws -> RequeueResult = { transaction in
            let matched = try transaction.tasks.tasks(filter, at: now)
            for id in filter.ids where !matched.contains(where: { $0.taskID == id }) {
                if try transaction.tasks.task(id: id, at: now) == nil { throw TaskError.notFound(id) }
            }
            var result = RequeueResult(batch: batch, isDryRun: isDryRun, matched: matched, requeued: [], skipped: [])
            let order = TaskRepository.RequeueOrder(batch: batch, actor: actor, reason: reason)
            for task in matched {
                guard task.state != .running, task.state != .done else {
                    result.skipped.append(.init(task: task, why: "it is \(task.state.rawValue)"))
                    continue
                }
                if !isDryRun {
                    guard try transaction.tasks.requeue(task, dueAt: now, order: order, at: now) else { continue }
                    try Self.record(task, order, now, in: transaction)
                }
                result.requeued.append(task)
            }
            return result
        }
        return try await isDryRun ? services.store.read(body) : services.store.write(body)
    }

    private static func record(
        _ task: QueuedTask, _ order: TaskRepository.RequeueOrder, _ now: Instant, in transaction: StoreTransaction
    ) throws {
        guard let orderID = task.orderID else { return }
        try transaction.journal.append(
            JournalEntry(
                at: now, orderID: orderID, event: .taskRequeued, actor: order.actor,
                detail: [
                    "task_id": "\(task.taskID)", "kind": task.kind.rawValue, "batch": order.batch,
                    "reason": order.reason,
                ]))
    }
}
