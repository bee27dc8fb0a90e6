package import QRPayDomain
import SQLKit

/// Which tasks are meant; everything set must hold.
package struct TaskFilter: Hashable, Sendable {
    package var ids: [Int64] = []
    package var kinds: [TaskKind] = []
    package var states: [TaskState] = []
    package var clientID: String?
    package var orderID: String?
    package var errorClass: String?
    /// Created at or after.
    package var since: Instant?
    /// Created before.
    package var until: Instant?
    package var limit: Int?

    package init() {}

    /// Whether nothing narrows it: everything is meant.
    package var isEmpty: Bool {
        var open = self
        open.limit = nil
        return open == TaskFilter()
    }
}

extension TaskRepository {
    /// The tasks of a filter: what is stuck first, then what has waited longest.
    package func tasks(_ filter: TaskFilter, at instant: Instant) throws -> [QueuedTask] {
        var clauses = Self.clauses(filter, at: instant)
        let limit = filter.limit.map { "LIMIT " + clauses.bind(.integer($0)) } ?? ""
        return try connection.query(
            """
            SELECT * FROM tasks \(clauses.text)
            ORDER BY CASE state WHEN 'stuck' THEN 0 WHEN 'running' THEN 1 WHEN 'ready' THEN 2 ELSE 3 END, due_at, task_id
            \(limit)
            """, clauses.parameters
        ).map { try Self.task($0, now: instant) }
    }

    private static func clauses(_ filter: TaskFilter, at instant: Instant) -> SQLClauses {
        var clauses = SQLClauses()
        clauses.add("task_id", in: filter.ids.map { .integer($0) })
        clauses.add("kind", in: filter.kinds.map { .text($0.rawValue) })
        clauses.add("client_id = ", filter.clientID.map(SQLValue.text))
        clauses.add("order_id = ", filter.orderID.map(SQLValue.text))
        clauses.add("error_class = ", filter.errorClass.map(SQLValue.text))
        clauses.add("created_at >= ", filter.since.map(SQLValue.instant))
        clauses.add("created_at < ", filter.until.map(SQLValue.instant))
        if !filter.states.isEmpty {
            let conditions = filter.states.map { state in
                switch state {
                case .scheduled: "state = 'ready' AND due_at > \(clauses.bind(.instant(instant)))"
                case .ready: "state = 'ready' AND due_at <= \(clauses.bind(.instant(instant)))"
                case .running, .done, .stuck, .canceled: "state = '\(state.rawValue)'"
                }
            }
            clauses.add("(" + conditions.joined(separator: " OR ") + ")")
        }
        return clauses
    }

    /// How a task stood, kept with every requeue.
    package struct Standing: Codable, Hashable, Sendable {
        package var state: String
        package var attempts: Int
        package var polls: Int
        /// RFC 3339.
        package var nextAttemptAt: String
        package var errorClass: String?
        package var errorMessage: String?

        package init(_ task: QueuedTask) {
            state = task.state.rawValue
            attempts = task.attempts
            polls = task.polls
            nextAttemptAt = task.nextAttemptAt.rfc3339
            errorClass = task.errorClass
            errorMessage = task.errorMessage
        }
    }

    /// Who asked for a requeue, and why.
    package struct RequeueOrder: Sendable {
        package var batch: String
        package var actor: Actor
        package var reason: String

        package init(batch: String, actor: Actor, reason: String) {
            self.batch = batch
            self.actor = actor
            self.reason = reason
        }
    }

    /// Gives a task that is neither running nor done a fresh set of attempts, due at `dueAt`; its history stays.
    /// - Returns: false when its state forbids it, and nothing was written.
    package func requeue(
        _ task: QueuedTask, dueAt: Instant, order: RequeueOrder, at instant: Instant
    ) throws -> Bool {
        let rows = try connection.query(
            """
            UPDATE tasks SET state = 'ready', attempts = 0, polls = 0, due_at = $2, leased_by = NULL, fence = fence + 1,
                updated_at = $3
            WHERE task_id = $1 AND state IN ('ready', 'stuck', 'canceled') RETURNING *
            """,
            [.integer(task.taskID), .instant(dueAt), .instant(instant)])
        guard let row = rows.first else { return false }
        let after = try Self.task(row, now: instant)
        try connection.execute(
            """
            INSERT INTO task_requeues (batch, task_id, at, actor, reason, before, after)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .text(order.batch), .integer(task.taskID), .instant(instant), .text(order.actor.text),
                .text(order.reason), try .json(Standing(task)), try .json(Standing(after)),
            ])
        return true
    }

    /// One requeue of a task, as it was kept.
    package struct Requeue: Sendable {
        package var batch: String
        package var at: Instant
        package var actor: Actor
        package var reason: String
        package var before: Standing
        package var after: Standing
    }

    /// Every requeue of a task, oldest first.
    package func requeues(taskID: Int64) throws -> [Requeue] {
        try connection.query(
            "SELECT * FROM task_requeues WHERE task_id = $1 ORDER BY at, batch", [.integer(taskID)]
        ).map {
            Requeue(
                batch: try $0.text("batch"), at: try $0.instant("at"),
                actor: try $0.decoding("actor") { Actor(text: $0) }, reason: try $0.text("reason"),
                before: try $0.json("before"), after: try $0.json("after"))
        }
    }
}
