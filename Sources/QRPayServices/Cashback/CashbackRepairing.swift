package import QRPayDomain
import QRPayPartners
import QRPayStore

/// What was staged to mend findings of the audit, or would be.
package struct CashbackRepairResult: Sendable {
    package struct Skipped: Hashable, Sendable {
        package var orderID: String
        package var findingIDs: [String]
        package var why: String
    }

    package var batch: String
    package var isDryRun: Bool
    /// How many findings were to be mended.
    package var matched: Int
    package var repairs: [CashbackRepair] = []
    package var skipped: [Skipped] = []
    /// The tasks that mend them; none on a dry run.
    package var taskIDs: [Int64] = []

    /// Stands for exactly what is staged: 16 hexadecimal digits.
    package var digest: String {
        var hash = StableHash()
        for repair in repairs.sorted(by: { $0.order.orderID < $1.order.orderID }) {
            for entry in repair.entries {
                for text in [entry.key, entry.uid, entry.kind.rawValue, entry.amount.description] { hash.combine(text) }
            }
        }
        return hash.hexadecimal
    }
}

/// Stages the tasks that mend findings of the cashback audit.
package struct CashbackRepairing: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// Looks at every order with findings anew, at the cashback service too, and stages what sets it right, all in one
    /// transaction.
    ///
    /// What was asked for and is not in the ledger is posted again under its own key; what else is too much or too little
    /// is clawed back or accrued by a correction. An order to which something happened since it was looked at is skipped.
    /// - Parameters:
    ///   - expected: the ``CashbackRepairResult/digest`` that it must have; nil takes what there is.
    /// - Throws: ``TaskError/otherScope(expected:found:)``, ``PartnerError``.
    package func repair(
        _ findings: [CashbackAudit.Finding], isDryRun: Bool, expected: String?, reason: String, actor: Actor = .support
    ) async throws -> CashbackRepairResult {
        let plan = try await plan(findings, isDryRun: isDryRun)
        if let expected, expected != plan.digest { throw TaskError.otherScope(expected: expected, found: plan.digest) }
        guard !isDryRun, !plan.repairs.isEmpty else { return plan }
        let now = services.world.now()
        return try await services.store.write { transaction in
            var result = plan
            result.repairs = []
            let order = TaskIntervention.Order(batch: plan.batch, actor: actor, reason: reason)
            for repair in plan.repairs {
                let current = try transaction.order(repair.order.orderID)
                guard current == repair.order, try transaction.cashback.entries(of: current) == repair.records,
                    let taskID = try transaction.stage(repair, order, at: now)
                else {
                    result.skip(repair.order.orderID, repair.findingIDs, "something happened to it meanwhile")
                    continue
                }
                result.repairs.append(repair)
                result.taskIDs.append(taskID)
            }
            return result
        }
    }

    private func plan(_ findings: [CashbackAudit.Finding], isDryRun: Bool) async throws -> CashbackRepairResult {
        var result = CashbackRepairResult(
            batch: services.world.newID(), isDryRun: isDryRun, matched: findings.count)
        let now = services.world.now()
        for (orderID, findings) in Dictionary(grouping: findings, by: \.orderID).sorted(by: { $0.key < $1.key }) {
            let ids = findings.map(\.id)
            guard !findings.contains(where: { $0.findingClass == .extra }) else {
                result.skip(orderID, ids, "the order is not ours: only the cashback service knows whose it is")
                continue
            }
            let ledger = try await services.partners.cashback.ledger(orderID: orderID, since: nil, until: nil)
            let (order, records, tasks) = try await services.store.read { transaction in
                let order = try transaction.order(orderID)
                var filter = TaskFilter()
                (filter.kinds, filter.orderID) = ([.cashbackAccrue], orderID)
                return (
                    order, try transaction.cashback.entries(of: order), try transaction.tasks.tasks(filter, at: now)
                )
            }
            do throws(CashbackRepair.Obstacle) {
                result.repairs.append(
                    try CashbackRepair(of: ids, order: order, records: records, ledger: ledger, tasks: tasks))
            } catch {
                result.skip(orderID, ids, error.why)
            }
        }
        return result
    }
}

extension CashbackRepairResult {
    fileprivate mutating func skip(_ orderID: String, _ findingIDs: [String], _ why: String) {
        skipped.append(Skipped(orderID: orderID, findingIDs: findingIDs, why: why))
    }
}

extension StoreTransaction {
    /// Writes down what is to be posted and makes the task due that posts it.
    /// - Returns: the task; nil when it has moved on since the repair was planned, and nothing was written.
    fileprivate func stage(
        _ repair: CashbackRepair, _ intervention: TaskIntervention.Order, at now: Instant
    ) throws -> Int64? {
        let order = repair.order
        let taskID: Int64
        switch repair.carrier {
        case .requeued(let task):
            guard try tasks.requeue(task, dueAt: now, order: intervention, at: now) else { return nil }
            taskID = task.taskID
        case .waiting(let task):
            guard let current = try tasks.task(id: task.taskID, at: now), current.fence == task.fence,
                current.state == .ready || current.state == .scheduled
            else { return nil }
            try tasks.wake(task.kind, key: task.key, at: now)
            taskID = task.taskID
        case .newTask:
            let key = "\(order.orderID):\(intervention.batch)"
            try tasks.enqueue(
                TaskRequest(
                    kind: .cashbackAccrue, key: key, orderID: order.orderID, clientID: order.clientID, dueAt: now),
                at: now)
            var filter = TaskFilter()
            (filter.kinds, filter.orderID) = ([.cashbackAccrue], order.orderID)
            guard let task = try tasks.tasks(filter, at: now).first(where: { $0.key == key }) else { return nil }
            taskID = task.taskID
        }
        for record in repair.posted {
            try cashback.setPosted(false, orderID: order.orderID, number: record.number)
        }
        for record in repair.settled {
            try cashback.setPosted(true, orderID: order.orderID, number: record.number)
        }
        if let correction = repair.correction { try cashback.append(correction, at: now) }
        try journal.append(
            JournalEntry(
                at: now, orderID: order.orderID, event: .cashbackRepaired, actor: intervention.actor,
                detail: [
                    "task_id": "\(taskID)", "batch": intervention.batch, "reason": intervention.reason,
                    "findings": repair.findingIDs.joined(separator: " "),
                    "entries": repair.entries.map { "\($0.kind.rawValue) of \($0.amount) (\($0.key))" }
                        .joined(separator: ", "),
                ].filter { !$0.value.isEmpty }))
        return taskID
    }
}
