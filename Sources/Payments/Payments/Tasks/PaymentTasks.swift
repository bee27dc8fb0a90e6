import PaymentCore
package import QueueKit
import SQLKit
package import WorldKit

extension TaskKind {
    /// Completes a payment, a refund or a void.
    package static let paymentSettle = TaskKind("payment.settle")
    /// Accrues or claws back.
    package static let cashbackAccrue = TaskKind("cashback.accrue")
    /// Polls for a receipt document, renders it, stores it, records it.
    package static let receiptFetch = TaskKind("receipt.fetch")
    /// Closes an unpaid order at its TTL.
    package static let orderExpire = TaskKind("order.expire")

    /// The kinds of tasks that paying a bill takes.
    package static let payments = [paymentSettle, cashbackAccrue, receiptFetch, orderExpire]

    /// The kind of that name; nil for any other text.
    package static func payment(named name: String) -> TaskKind? { payments.first { $0.rawValue == name } }

    /// A consequence of canceling an unfinished task that an operator must know; nil where nothing is at stake.
    package var riskOfCanceling: String? {
        self == .paymentSettle ? "money may stay held on the guest's card, neither captured nor released" : nil
    }
}

extension TaskTag {
    package static let orderID = TaskTag("order_id", isSelective: true)
    /// The restaurant.
    package static let clientID = TaskTag("client_id", isSelective: false)
}

extension QueueSchema {
    static let payments = QueueSchema(tags: [.orderID, .clientID])
}

extension QueuedTask {
    package var orderID: String? { tags[.orderID] }
}

extension TaskRequest {
    /// A task for an order of a restaurant.
    package init(
        kind: TaskKind, key: String, payload: [String: String] = [:], orderID: String, clientID: String, dueAt: Instant
    ) {
        self.init(
            kind: kind, key: key, payload: payload, tags: [.orderID: orderID, .clientID: clientID], dueAt: dueAt)
    }
}

extension TaskFilter {
    package var orderID: String? {
        get { tags[.orderID] }
        set { tags[.orderID] = newValue }
    }

    package var clientID: String? {
        get { tags[.clientID] }
        set { tags[.clientID] = newValue }
    }
}

extension Services {
    /// The queue of the payments' tasks, with the use cases that run them.
    package var queue: TaskQueue {
        var registry = TaskRegistry([
            handler(.paymentSettle) { try await Settlement(self).run($0) },
            handler(.cashbackAccrue) { try await CashbackPosting(self).run($0) },
            handler(.receiptFetch) { try await ReceiptFetch(self).run($0) },
            handler(.orderExpire) { task in
                guard let orderID = task.orderID else { throw TaskError.badPayload(task.kind, task.key) }
                return try await Orders(self).expire(orderID).map(TaskOutcome.at) ?? .done
            },
        ])
        registry.record = Self.record
        registry.failure = { error in
            let problem = Problem(error)
            // Asking again does not resolve a contradiction.
            return TaskFailure(
                errorClass: problem.code, message: problem.message,
                needsOperator: problem.code == Problem.partnerContradiction)
        }
        return TaskQueue(store.tasks, world, registry, retentionSeconds: settings.taskRetentionSeconds)
    }

    private func handler(
        _ kind: TaskKind, _ run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome
    ) -> TaskHandler {
        TaskHandler(kind, retryPolicy: settings.retryPolicy(kind), run: run)
    }

    /// The journal entries of what operators do to an order's tasks, and of what they need to know.
    private static func record(
        _ event: TaskEvent, _ tasks: [TaskReference], at now: Instant, on connection: any SQLConnection
    ) throws {
        try JournalRepository(connection).append(
            tasks.compactMap { task in
                task.tags[.orderID].map { orderID in
                    let (event, actor, detail) = event.journaled
                    return JournalEntry(
                        at: now, orderID: orderID, event: event, actor: actor,
                        detail: ["task_id": "\(task.taskID)"].merging(detail(task)) { $1 })
                }
            })
    }
}

extension TaskEvent {
    fileprivate var journaled: (JournalEntry.Event, Actor, detail: (TaskReference) -> [String: String]) {
        func change(
            _ event: JournalEntry.Event, _ request: RequeueRequest
        ) -> (JournalEntry.Event, Actor, detail: (TaskReference) -> [String: String]) {
            (
                event, Actor(text: request.actor) ?? .support,
                { ["kind": $0.kind.rawValue, "batch": request.batch, "reason": request.reason] }
            )
        }
        switch self {
        case .requeued(let request): return change(.taskRequeued, request)
        case .canceled(let request): return change(.taskCanceled, request)
        case .changeUndone(let request): return change(.taskInterventionUndone, request)
        case .needsOperator(let failure):
            return (.partnerContradiction, .worker, { _ in ["message": failure.message] })
        }
    }
}
