import EncodingKit
package import PaymentCore
import PaymentPartners
package import QueueKit
import WorldKit

/// What was staged, or would be, to repair findings of the audit.
package struct CashbackRepairResult: Sendable {
    /// The repair of one order.
    package struct Staged: Hashable, Sendable {
        /// The task that posts it.
        package enum Carrier: Hashable, Sendable {
            case newTask
            /// A stuck or canceled task is requeued.
            case requeued(QueuedTask)
        }

        package var findingIDs: [String]
        /// The repair as of now; a new task decides again when it runs.
        package var repair: CashbackRepair
        package var carrier: Carrier
    }

    package struct Skipped: Hashable, Sendable {
        package var orderID: String
        package var findingIDs: [String]
        package var why: String
    }

    package var batch: String
    package var isDryRun: Bool
    /// How many findings it repairs.
    package var matched: Int
    package var staged: [Staged] = []
    package var skipped: [Skipped] = []
    /// The tasks that carry out the repairs; none on a dry run.
    package var taskIDs: [Int64] = []

    /// Identifies exactly what is staged: 16 hexadecimal digits.
    package var digest: String {
        var hash = StableHash()
        for entry in staged.sorted(by: { $0.repair.order.orderID < $1.repair.order.orderID }).flatMap(\.repair.entries)
        {
            for text in [entry.key, entry.uid, entry.kind.rawValue, entry.amount.description] { hash.combine(text) }
        }
        return hash.hexadecimal
    }

    fileprivate mutating func skip(_ orderID: String, _ findingIDs: [String], _ why: String) {
        skipped.append(Skipped(orderID: orderID, findingIDs: findingIDs, why: why))
    }
}

/// Repairs findings of the cashback audit by tasks.
///
/// A staged task holds only the order's id. When it runs, it queries the cashback service again and only then records
/// what to post: a task that is canceled or runs too late posts nothing.
package struct CashbackRepairing: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// Examines every order with findings, also at the cashback service, and stages its repair.
    ///
    /// What was requested and is not in the ledger is posted again under its own key; any remaining difference is
    /// clawed back or accrued by a correction.
    /// - Parameters:
    ///   - accepted: accepted findings by order: such an order is left as it is.
    ///   - expected: the ``CashbackRepairResult/digest`` the plan must have; nil accepts any.
    /// - Throws: ``TaskError/otherScope(expected:found:)``, ``PartnerError``.
    package func repair(
        _ findings: [CashbackAudit.Finding], accepted: [String: String] = [:], isDryRun: Bool, expected: String?,
        reason: String, actor: Actor = .support
    ) async throws -> CashbackRepairResult {
        let plan = try await plan(findings, accepted, isDryRun: isDryRun)
        if let expected, expected != plan.digest { throw TaskError.otherScope(expected: expected, found: plan.digest) }
        guard !isDryRun else { return plan }
        let now = services.world.now()
        let request = RequeueRequest(batch: plan.batch, actor: actor.text, reason: reason)
        var result = plan
        result.staged = []
        // In parts, so that a large repair does not block the store for long.
        for start in stride(from: 0, to: plan.staged.count, by: TaskQueue.tasksPerTransaction) {
            let part = plan.staged[start..<min(start + TaskQueue.tasksPerTransaction, plan.staged.count)]
            let taskIDs = try await services.store.write { transaction in
                try part.map { try transaction.stage($0, request, at: now) }
            }
            for (staged, taskID) in zip(part, taskIDs) {
                if let taskID {
                    result.staged.append(staged)
                    result.taskIDs.append(taskID)
                } else {
                    result.skip(staged.repair.order.orderID, staged.findingIDs, "it changed meanwhile")
                }
            }
        }
        return result
    }

    /// Records the entries that a staged repair requires, in the current state.
    /// - Returns: why that cannot be decided yet; nil when they are recorded, or none are needed.
    /// - Throws: ``Problem`` `cashback_not_mendable`, ``PartnerError``.
    func decide(_ task: QueuedTask, orderID: String) async throws -> String? {
        let repair: CashbackRepair
        do {
            repair = try await look(at: orderID).get()
        } catch let obstacle as CashbackRepair.Obstacle {
            if obstacle.isPassing { return obstacle.why }
            throw Problem(.conflict, "cashback_not_mendable", "order \(orderID): \(obstacle.why)")
        }
        guard !repair.entries.isEmpty || !repair.settled.isEmpty else { return nil }
        let now = services.world.now()
        return try await services.store.write { transaction in
            let order = try transaction.order(orderID)
            guard order == repair.order, try transaction.cashback.entries(of: order) == repair.records else {
                return "the order changed while its ledger was read"
            }
            try transaction.record(repair, task, at: now)
            return nil
        }
    }

    private func plan(
        _ findings: [CashbackAudit.Finding], _ accepted: [String: String], isDryRun: Bool
    ) async throws -> CashbackRepairResult {
        var result = CashbackRepairResult(
            batch: services.world.newID(), isDryRun: isDryRun, matched: findings.count)
        let now = services.world.now()
        for (orderID, findings) in Dictionary(grouping: findings, by: \.orderID).sorted(by: { $0.key < $1.key }) {
            let ids = findings.map(\.id)
            if findings.contains(where: { $0.findingClass == .extra }) {
                result.skip(orderID, ids, "the order is not ours: only the cashback service knows its owner")
            } else if let id = accepted[orderID] {
                result.skip(orderID, ids, "\(id) of the same order is accepted, and would be undone")
            } else {
                let look = try await look(at: orderID)
                var filter = TaskFilter()
                (filter.kinds, filter.orderID) = ([.cashbackAccrue], orderID)
                let tasks = try await services.store.read { [filter] in try $0.tasks.tasks(filter, at: now) }
                do throws(CashbackRepair.Obstacle) {
                    let repair = try look.get()
                    result.staged.append(
                        CashbackRepairResult.Staged(
                            findingIDs: ids, repair: repair, carrier: try Self.carrier(of: repair, among: tasks)))
                } catch {
                    result.skip(orderID, ids, error.why)
                }
            }
        }
        return result
    }

    /// What an order requires, by the cashback service's current entries.
    private func look(at orderID: String) async throws -> Result<CashbackRepair, CashbackRepair.Obstacle> {
        let ledger = try await services.partners.cashback.ledger(orderID: orderID, since: nil, until: nil)
        let (order, records) = try await services.store.read { transaction in
            let order = try transaction.order(orderID)
            return (order, try transaction.cashback.entries(of: order))
        }
        return Result { () throws(CashbackRepair.Obstacle) in
            try CashbackRepair(order, records: records, ledger: ledger)
        }
    }

    /// - Parameter tasks: the order's tasks that post cashback, including done ones.
    private static func carrier(
        of repair: CashbackRepair, among tasks: [QueuedTask]
    ) throws(CashbackRepair.Obstacle) -> CashbackRepairResult.Staged.Carrier {
        guard !repair.entries.isEmpty else {
            throw CashbackRepair.Obstacle(
                why: "the cashback service already has the amount due, \(repair.order.cashbackDue)")
        }
        let repairs = tasks.filter { $0.isCashbackRepair || repair.isAsked }
        if let task = repairs.first(where: { [.ready, .scheduled, .running].contains($0.state) }) {
            throw CashbackRepair.Obstacle(why: "task \(task.taskID), which is \(task.state.rawValue), repairs it")
        }
        return repairs.first { $0.state == .stuck || $0.state == .canceled }.map { .requeued($0) } ?? .newTask
    }
}

extension QueuedTask {
    /// Whether it decides what to post only when it runs.
    var isCashbackRepair: Bool { payload["repair"] != nil }
}

extension StoreTransaction {
    /// Makes due the task that repairs the order.
    /// - Returns: the task; nil when it has changed since the repair was planned, and nothing was written.
    fileprivate func stage(
        _ staged: CashbackRepairResult.Staged, _ request: RequeueRequest, at now: Instant
    ) throws -> Int64? {
        let order = staged.repair.order
        let taskID: Int64
        switch staged.carrier {
        case .requeued(let task):
            guard try !tasks.requeue([(task, now)], request: request, at: now).isEmpty else { return nil }
            taskID = task.taskID
        case .newTask:
            let key = "\(order.orderID):\(request.batch)"
            try tasks.enqueue(
                TaskRequest(
                    kind: .cashbackAccrue, key: key, payload: ["repair": request.batch], orderID: order.orderID,
                    clientID: order.clientID, dueAt: now),
                at: now)
            var filter = TaskFilter()
            (filter.kinds, filter.orderID) = ([.cashbackAccrue], order.orderID)
            guard let task = try tasks.tasks(filter, at: now).first(where: { $0.key == key }) else { return nil }
            taskID = task.taskID
        }
        try journal.append(
            JournalEntry(
                at: now, orderID: order.orderID, event: .cashbackRepairRequested,
                actor: Actor(text: request.actor) ?? .support,
                detail: [
                    "task_id": "\(taskID)", "batch": request.batch, "reason": request.reason,
                    "findings": staged.findingIDs.joined(separator: " "),
                ].filter { !$0.value.isEmpty }))
        return taskID
    }

    /// Records what is to be posted.
    fileprivate func record(_ repair: CashbackRepair, _ task: QueuedTask, at now: Instant) throws {
        let orderID = repair.order.orderID
        for record in repair.posted {
            try cashback.setPosted(false, orderID: orderID, number: record.number)
        }
        for record in repair.settled {
            try cashback.setPosted(true, orderID: orderID, number: record.number)
        }
        if let correction = repair.correction { try cashback.append(correction, at: now) }
        try journal.append(
            JournalEntry(
                at: now, orderID: orderID, event: .cashbackRepaired, actor: .worker,
                detail: [
                    "task_id": "\(task.taskID)",
                    "entries": repair.entries.map { "\($0.kind.rawValue) of \($0.amount) (\($0.key))" }
                        .joined(separator: ", "),
                ].filter { !$0.value.isEmpty }))
    }
}
