package import QRPayDomain
package import SQLKit

/// The durable queue: staging, claiming under a lease, finishing under its fencing number.
///
/// A waiting task has state `ready` in the table and is *scheduled* until it is due. A running one is claimable again
/// when its lease lapses, so a worker that died loses nothing.
package struct TaskRepository {
    let connection: any SQLConnection
    private let staging = Staging()

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// Whether this transaction has made a task due.
    var hasStaged: Bool { staging.isDue }

    private final class Staging {
        var isDue = false
    }

    /// Stages a task; one of the same kind and key that exists already is left as it is.
    package func enqueue(_ request: TaskRequest, at instant: Instant) throws {
        try connection.execute(
            """
            INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7, $7) ON CONFLICT (kind, key) DO NOTHING
            """,
            [
                .text(request.kind.rawValue), .text(request.key), try .json(request.payload), .text(request.orderID),
                .text(request.clientID), .instant(request.dueAt), .instant(instant),
            ])
        if request.dueAt <= instant { staging.isDue = true }
    }

    /// Makes a waiting task due now, because what it waits for may have happened.
    package func wake(_ kind: TaskKind, key: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE tasks SET due_at = $3 WHERE kind = $1 AND key = $2 AND state = 'ready' AND due_at > $3",
            [.text(kind.rawValue), .text(key), .instant(instant)])
        staging.isDue = true
    }

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

    /// Leases the oldest due tasks to a worker, each under a new fencing number.
    package func claim(_ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        var clauses = Self.waiting(claim.kinds, orderID: claim.orderID)
        clauses.add("due_at <= ", .instant(instant))
        let limit = clauses.bind(.integer(claim.limit))
        let due = try connection.query(
            "SELECT * FROM tasks \(clauses.text) ORDER BY due_at, task_id LIMIT \(limit)", clauses.parameters
        ).map { try Self.task($0, now: instant) }
        for task in due where task.state == .running { try recordLapse(of: task, at: instant) }
        let expiry = instant.advanced(bySeconds: claim.leaseSeconds)
        return try due.flatMap { task in
            try connection.query(
                """
                UPDATE tasks SET state = 'running', leased_by = $2, due_at = $3, fence = fence + 1,
                    attempts = attempts + 1, updated_at = $4
                WHERE task_id = $1 RETURNING *
                """, [.integer(task.taskID), .text(claim.worker), .instant(expiry), .instant(instant)]
            ).map { try Self.task($0, now: instant) }
        }
    }

    /// What waits or is leased, of these kinds and that order.
    private static func waiting(_ kinds: [TaskKind], orderID: String?) -> SQLClauses {
        var clauses = SQLClauses()
        clauses.add("state IN ('ready', 'running')")
        if kinds.isEmpty { clauses.add("1 = 0") }
        // Not the bare column: the index on (kind, key) would be taken, and read all the finished tasks of the kind.
        if kinds.count < TaskKind.allCases.count {
            clauses.add("COALESCE(kind, '')", in: kinds.map { .text($0.rawValue) })
        }
        clauses.add("order_id = ", orderID.map(SQLValue.text))
        return clauses
    }

    /// Lengthens the lease of a task that is still at work.
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

    /// Records an attempt that did not finish the task and when the next one is; nil gives up.
    /// - Returns: false when the lease has been lost to another worker, and nothing was written.
    package func postpone(
        _ task: QueuedTask, until dueAt: Instant?, isPoll: Bool, errorClass: String, message: String, worker: String,
        at instant: Instant
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = $3, due_at = $4, leased_by = NULL, polls = polls + $5, error_class = $6,
                error_message = $7, updated_at = $8
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """,
            [
                .integer(task.taskID), .integer(task.fence), .text(dueAt == nil ? "stuck" : "ready"),
                .instant(dueAt ?? instant), .integer(isPoll ? 1 : 0), .text(errorClass), .text(message),
                .instant(instant),
            ])
        guard changed == 1 else { return false }
        try record(
            TaskAttempt(
                taskID: task.taskID, attempt: task.attempts, at: instant, worker: worker, errorClass: errorClass,
                message: message))
        return true
    }

    /// Records the attempt of a worker that died or slept over its lease: nobody else will.
    private func recordLapse(of task: QueuedTask, at instant: Instant) throws {
        try record(
            TaskAttempt(
                taskID: task.taskID, attempt: task.attempts, at: instant, worker: task.leasedBy ?? "",
                errorClass: "lease_lapsed", message: "the worker died, or did not finish within its lease"))
    }

    private func record(_ attempt: TaskAttempt) throws {
        try connection.execute(
            """
            INSERT INTO task_attempts (task_id, attempt, at, worker, error_class, message)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                .integer(attempt.taskID), .integer(attempt.attempt), .instant(attempt.at), .text(attempt.worker),
                .text(attempt.errorClass), .text(attempt.message),
            ])
    }

    /// Everybody who holds a lease now.
    package func leaseHolders() throws -> [String] {
        try connection.query("SELECT DISTINCT leased_by FROM tasks WHERE state = 'running' ORDER BY leased_by").map {
            try $0.text("leased_by")
        }
    }

    /// Ends the leases of a worker known to be dead; its tasks are claimable at once.
    package func endLeases(of worker: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE tasks SET due_at = $2 WHERE state = 'running' AND leased_by = $1 AND due_at > $2",
            [.text(worker), .instant(instant)])
    }

    /// When the next waiting task is due or the next lease lapses; nil when there is none.
    package func nextDue(kinds: [TaskKind], orderID: String?) throws -> Instant? {
        let clauses = Self.waiting(kinds, orderID: orderID)
        return try connection.query(
            "SELECT due_at FROM tasks \(clauses.text) ORDER BY due_at LIMIT 1", clauses.parameters
        ).first?.instant("due_at")
    }

    package func task(id: Int64, at instant: Instant) throws -> QueuedTask? {
        try connection.query("SELECT * FROM tasks WHERE task_id = $1", [.integer(id)]).first.map {
            try Self.task($0, now: instant)
        }
    }

    /// The attempts that did not finish the task, oldest first.
    package func attempts(taskID: Int64) throws -> [TaskAttempt] {
        try connection.query(
            "SELECT * FROM task_attempts WHERE task_id = $1 ORDER BY at, attempt", [.integer(taskID)]
        ).map {
            TaskAttempt(
                taskID: try $0.integer("task_id"), attempt: try $0.number("attempt"), at: try $0.instant("at"),
                worker: try $0.text("worker"), errorClass: try $0.text("error_class"), message: try $0.text("message"))
        }
    }

    static func task(_ row: SQLRow, now: Instant) throws -> QueuedTask {
        let dueAt = try row.instant("due_at")
        var state: TaskState = try row.word("state")
        if state == .ready, dueAt > now { state = .scheduled }
        return QueuedTask(
            taskID: try row.integer("task_id"), kind: try row.word("kind"), key: try row.text("key"),
            payload: try row.json("payload"), orderID: try row.optionalText("order_id"),
            clientID: try row.optionalText("client_id"), state: state, attempts: try row.number("attempts"),
            polls: try row.number("polls"), nextAttemptAt: dueAt, leasedBy: try row.optionalText("leased_by"),
            leaseExpiresAt: state == .running ? dueAt : nil, fence: try row.integer("fence"),
            errorClass: try row.optionalText("error_class"), errorMessage: try row.optionalText("error_message"),
            createdAt: try row.instant("created_at"), updatedAt: try row.instant("updated_at"))
    }
}
