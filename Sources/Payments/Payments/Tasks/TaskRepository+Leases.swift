package import PaymentCore
import SQLKit
package import WorldKit

/// Claiming under a lease, and finishing under its fencing number.
///
/// The lease of a dead worker expires; the next worker to look records that attempt and makes the task ready again.
extension TaskRepository {
    package struct Claim: Sendable {
        package var kinds: [TaskKind] = TaskKind.allCases
        /// Only this order's tasks.
        package var orderID: String?
        package var limit = 1
        package var worker: String
        package var leaseSeconds: Double

        package init(worker: String, leaseSeconds: Double) {
            self.worker = worker
            self.leaseSeconds = leaseSeconds
        }
    }

    /// Leases the oldest due tasks to a worker, each under a new fencing number; none of a paused kind.
    package func claim(_ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        let kinds = try unpaused(claim.kinds)
        guard !kinds.isEmpty, claim.limit > 0 else { return [] }
        let due =
            try claim.orderID.map { try self.due(of: $0, kinds, limit: claim.limit, at: instant) }
            ?? self.due(kinds, limit: claim.limit, at: instant)
        return try due.map { try lease($0, claim, at: instant) }
    }

    /// Leases one task to a worker, due or not, paused or not, including a stuck one.
    /// - Returns: nil when its state forbids it.
    package func claim(taskID: Int64, _ claim: Claim, at instant: Instant) throws -> QueuedTask? {
        guard let task = try task(id: taskID, at: instant), [.ready, .scheduled, .stuck].contains(task.state) else {
            return nil
        }
        return try lease(task, claim, at: instant)
    }

    private func lease(_ task: QueuedTask, _ claim: Claim, at instant: Instant) throws -> QueuedTask {
        let expiry = instant.advanced(bySeconds: claim.leaseSeconds)
        try connection.execute(
            """
            UPDATE tasks SET state = 'running', leased_by = $2, due_at = $3, fence = fence + 1, attempts = attempts + 1,
                updated_at = $4
            WHERE task_id = $1
            """, [.integer(task.taskID), .text(claim.worker), .instant(expiry), .instant(instant)])
        var task = task
        task.stuckSince = task.state == .stuck ? task.stateAt : nil
        task.state = .running
        task.leasedBy = claim.worker
        task.leaseExpiresAt = expiry
        task.fence += 1
        task.attempts += 1
        task.updatedAt = instant
        return task
    }

    /// The oldest due tasks of some kinds.
    ///
    /// Reads one index range per kind, however many tasks of others are due. They are merged here: in SQL that takes a
    /// temporary table, which costs more than everything else.
    private func due(_ kinds: [TaskKind], limit: Int, at instant: Instant) throws -> [QueuedTask] {
        var found: [(dueAt: Instant, id: Int64)] = []
        for kind in kinds {
            try connection.forEachRow(
                """
                SELECT task_id, due_at FROM tasks WHERE state = 'ready' AND kind = $1 AND due_at <= $2
                ORDER BY due_at, task_id LIMIT $3
                """, [.text(kind.rawValue), .instant(instant), .integer(limit)]
            ) { found.append((try $0.instant("due_at"), try $0.integer("task_id"))) }
        }
        return try found.sorted(by: <).prefix(limit).compactMap { try task(id: $0.id, at: instant) }
    }

    /// The oldest due tasks of an order, which has few and an index of its own.
    private func due(
        of orderID: String, _ kinds: [TaskKind], limit: Int, at instant: Instant
    ) throws -> [QueuedTask] {
        var clauses = Self.ofOrder(orderID, kinds)
        clauses.add("due_at <= ", .instant(instant))
        let last = clauses.bind(.integer(limit))
        return try connection.query(
            "SELECT * FROM tasks \(clauses.text) ORDER BY due_at, task_id LIMIT \(last)", clauses.parameters
        ).map { try Self.task($0, now: instant) }
    }

    private static func ofOrder(_ orderID: String, _ kinds: [TaskKind]) -> SQLClauses {
        var clauses = SQLClauses()
        clauses.add("order_id = ", .text(orderID))
        clauses.add("state = 'ready'")
        // Not the bare column: the planner would prefer its index.
        clauses.add("COALESCE(kind, '')", in: kinds.map { .text($0.rawValue) })
        return clauses
    }

    /// When the next waiting task is due or the next lease expires; nil when there is neither. Paused kinds do not
    /// count.
    package func nextDue(kinds: [TaskKind], orderID: String?) throws -> Instant? {
        let kinds = try unpaused(kinds)
        guard !kinds.isEmpty else { return nil }
        var found: [Instant] = []
        if let orderID {
            var clauses = Self.ofOrder(orderID, kinds)
            found += try instants("SELECT MIN(due_at) AS due_at FROM tasks \(clauses.text)", clauses.parameters)
            clauses = SQLClauses()
            clauses.add("order_id = ", .text(orderID))
            clauses.add("state = 'running'")
            clauses.add("COALESCE(kind, '')", in: kinds.map { .text($0.rawValue) })
            found += try instants("SELECT MIN(due_at) AS due_at FROM tasks \(clauses.text)", clauses.parameters)
        } else {
            for kind in kinds {
                found += try instants(
                    "SELECT MIN(due_at) AS due_at FROM tasks WHERE state = 'ready' AND kind = $1",
                    [.text(kind.rawValue)])
            }
            var clauses = SQLClauses()
            clauses.add("state = 'running'")
            clauses.add("COALESCE(kind, '')", in: kinds.map { .text($0.rawValue) })
            found += try instants(
                "SELECT due_at FROM tasks \(clauses.text) ORDER BY due_at LIMIT 1", clauses.parameters)
        }
        return found.min()
    }

    private func instants(_ sql: String, _ parameters: [SQLValue]) throws -> [Instant] {
        try connection.query(sql, parameters).compactMap { try $0.optionalInstant("due_at") }
    }

    // MARK: Holding and ending a lease

    /// Extends the lease of a running task.
    /// - Returns: false when the lease has been lost.
    package func extendLease(_ task: QueuedTask, until expiry: Instant) throws -> Bool {
        try connection.execute(
            "UPDATE tasks SET due_at = $3 WHERE task_id = $1 AND fence = $2 AND state = 'running'",
            [.integer(task.taskID), .integer(task.fence), .instant(expiry)]) == 1
    }

    /// - Returns: false when the lease has been lost to another worker, and nothing was written.
    package func finish(_ task: QueuedTask, at instant: Instant) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET state = 'done', leased_by = NULL, updated_at = $3
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """,
            [.integer(task.taskID), .integer(task.fence), .instant(instant)]) == 1
    }

    /// Records an attempt that did not finish the task, and when the next one is due; nil makes the task stuck, or
    /// keeps it so.
    /// - Returns: false when the lease has been lost to another worker, and nothing was written.
    package func postpone(
        _ task: QueuedTask, until dueAt: Instant?, isPoll: Bool, errorClass: String, message: String, worker: String,
        at instant: Instant
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = $3, due_at = $4, leased_by = NULL, polls = polls + $5, error_class = $6,
                error_message = $7, updated_at = $8, is_kept = CASE WHEN $5 = 0 THEN 1 ELSE is_kept END
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """,
            [
                .integer(task.taskID), .integer(task.fence), .text(dueAt == nil ? "stuck" : "ready"),
                .instant(dueAt ?? task.stuckSince ?? instant), .integer(isPoll ? 1 : 0), .text(errorClass),
                .text(message),
                .instant(instant),
            ])
        guard changed == 1 else { return false }
        try connection.execute(
            """
            INSERT INTO task_attempts (task_id, attempt, at, worker, error_class, message)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(task.taskID), .integer(task.attempts), .instant(instant), .text(worker), .text(errorClass),
                .text(message),
            ])
        return true
    }

    /// Returns a claimed task that was never begun, as if it had not been claimed.
    package func release(_ task: QueuedTask, at instant: Instant) throws {
        try connection.execute(
            """
            UPDATE tasks SET state = 'ready', due_at = $3, leased_by = NULL, attempts = attempts - 1, updated_at = $4
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """,
            [.integer(task.taskID), .integer(task.fence), .instant(task.nextAttemptAt), .instant(instant)])
    }

    // MARK: Workers that died

    /// Tasks whose lease has expired, longest ago first: their workers died or were suspended.
    package func lapsed(at instant: Instant, limit: Int) throws -> [QueuedTask] {
        try connection.query(
            "SELECT * FROM tasks WHERE state = 'running' AND due_at <= $1 ORDER BY due_at, task_id LIMIT $2",
            [.instant(instant), .integer(limit)]
        ).map { try Self.task($0, now: instant) }
    }

    /// All current lease holders.
    package func leaseHolders() throws -> [String] {
        try connection.query("SELECT DISTINCT leased_by FROM tasks WHERE state = 'running' ORDER BY leased_by").map {
            try $0.text("leased_by")
        }
    }

    /// Ends the leases of a worker known to be dead.
    package func endLeases(of worker: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE tasks SET due_at = $2 WHERE state = 'running' AND leased_by = $1 AND due_at > $2",
            [.text(worker), .instant(instant)])
    }
}
