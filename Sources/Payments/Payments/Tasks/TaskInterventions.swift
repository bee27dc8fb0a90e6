import JSONKit
package import PaymentCore
import SQLKit
package import WorldKit

/// What somebody did to a task by hand, as it was kept.
package struct TaskIntervention: Sendable {
    package enum Action: String, Sendable {
        case requeue, cancel
    }

    /// How a task stood.
    package struct Standing: Codable, Hashable, Sendable {
        package var state: String
        package var attempts: Int
        package var polls: Int
        /// RFC 3339, for people: in milliseconds.
        package var nextAttemptAt: String
        /// The same since 1970, exactly; nil in what the first versions wrote.
        package var nextAttemptMicroseconds: Int64?
        package var errorClass: String?
        package var errorMessage: String?
        /// Nil in what the first versions wrote.
        package var fence: Int64?

        package init(_ task: QueuedTask) {
            state = task.state.rawValue
            attempts = task.attempts
            polls = task.polls
            nextAttemptAt = task.nextAttemptAt.rfc3339
            nextAttemptMicroseconds = task.nextAttemptAt.microseconds
            errorClass = task.errorClass
            errorMessage = task.errorMessage
            fence = task.fence
        }
    }

    /// Who asked for it, and why; one order may be for many tasks.
    package struct Order: Sendable {
        package var batch: String
        package var actor: Actor
        package var reason: String

        package init(batch: String, actor: Actor, reason: String) {
            self.batch = batch
            self.actor = actor
            self.reason = reason
        }
    }

    package var action: Action
    package var order: Order
    package var taskID: Int64
    package var at: Instant
    package var before: Standing
    package var after: Standing
    /// Nil while it stands.
    package var undoneAt: Instant?
    package var undoneBy: Actor?
}

extension TaskRepository {
    /// Gives a task that is neither running nor done a fresh set of attempts, due at `dueAt`; its history stays.
    /// - Returns: false when its state forbids it or something happened to it since, and nothing was written.
    package func requeue(
        _ task: QueuedTask, dueAt: Instant, order: TaskIntervention.Order, at instant: Instant
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = 'ready', attempts = 0, polls = 0, due_at = $2, leased_by = NULL, fence = fence + 1,
                updated_at = $3, is_kept = 1
            WHERE task_id = $1 AND fence = $4 AND state IN ('ready', 'stuck', 'canceled')
            """,
            [.integer(task.taskID), .instant(dueAt), .instant(instant), .integer(task.fence)])
        guard changed == 1 else { return false }
        var after = task
        after.state = dueAt > instant ? .scheduled : .ready
        after.nextAttemptAt = dueAt
        (after.attempts, after.polls) = (0, 0)
        after.fence += 1
        try record(.requeue, of: task, after: after, order, at: instant)
        return true
    }

    /// Ends a task that waits or is stuck, for good unless it is requeued.
    /// - Returns: false when its state forbids it or something happened to it since, and nothing was written.
    package func cancel(_ task: QueuedTask, order: TaskIntervention.Order, at instant: Instant) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = 'canceled', leased_by = NULL, fence = fence + 1, updated_at = $2, is_kept = 1
            WHERE task_id = $1 AND fence = $3 AND state IN ('ready', 'stuck')
            """,
            [.integer(task.taskID), .instant(instant), .integer(task.fence)])
        guard changed == 1 else { return false }
        var after = task
        after.state = .canceled
        after.fence += 1
        try record(.cancel, of: task, after: after, order, at: instant)
        return true
    }

    /// Puts a task back as it stood before an intervention, unless anything happened to it since.
    /// - Returns: false when something did, and nothing was written.
    package func undo(_ intervention: TaskIntervention, by actor: Actor, at instant: Instant) throws -> Bool {
        let before = intervention.before
        let exactly = before.nextAttemptMicroseconds.map(Instant.init(microseconds:))
        guard let fence = intervention.after.fence, let dueAt = exactly ?? Instant(rfc3339: before.nextAttemptAt)
        else { return false }
        // What is scheduled stands as ready, to become due.
        let state = before.state == TaskState.scheduled.rawValue ? TaskState.ready.rawValue : before.state
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = $3, attempts = $4, polls = $5, due_at = $6, fence = fence + 1, updated_at = $7
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'canceled')
            """,
            [
                .integer(intervention.taskID), .integer(fence), .text(state), .integer(before.attempts),
                .integer(before.polls), .instant(dueAt), .instant(instant),
            ])
        guard changed == 1 else { return false }
        try connection.execute(
            "UPDATE task_interventions SET undone_at = $3, undone_by = $4 WHERE batch = $1 AND task_id = $2",
            [
                .text(intervention.order.batch), .integer(intervention.taskID), .instant(instant), .text(actor.text),
            ])
        return true
    }

    /// Everything that was done to a task by hand, oldest first.
    package func interventions(taskID: Int64) throws -> [TaskIntervention] {
        try connection.query(
            "SELECT * FROM task_interventions WHERE task_id = $1 ORDER BY at, batch", [.integer(taskID)]
        ).map(Self.intervention)
    }

    /// What one order did, by task.
    package func interventions(batch: String) throws -> [TaskIntervention] {
        try connection.query(
            "SELECT * FROM task_interventions WHERE batch = $1 ORDER BY task_id", [.text(batch)]
        ).map(Self.intervention)
    }

    private func record(
        _ action: TaskIntervention.Action, of task: QueuedTask, after: QueuedTask, _ order: TaskIntervention.Order,
        at instant: Instant
    ) throws {
        try connection.execute(
            """
            INSERT INTO task_interventions (batch, task_id, at, actor, reason, before, after, action)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(order.batch), .integer(task.taskID), .instant(instant), .text(order.actor.text),
                .text(order.reason), try TaskIntervention.Standing(task).value,
                try TaskIntervention.Standing(after).value, .text(action.rawValue),
            ])
    }

    private static func intervention(_ row: SQLRow) throws -> TaskIntervention {
        TaskIntervention(
            action: try row.word("action"),
            order: TaskIntervention.Order(
                batch: try row.text("batch"), actor: try row.actor("actor"), reason: try row.text("reason")),
            taskID: try row.integer("task_id"), at: try row.instant("at"), before: try row.json("before"),
            after: try row.json("after"), undoneAt: try row.optionalInstant("undone_at"),
            undoneBy: try row.optionalText("undone_by").flatMap(Actor.init(text:)))
    }
}

extension TaskIntervention.Standing {
    /// As the JSON that it is decoded from; a batch may be large, so that words take the short way of ``TaskPayload``.
    fileprivate var value: SQLValue {
        get throws {
            let words = [
                "state": state, "nextAttemptAt": nextAttemptAt, "errorClass": errorClass, "errorMessage": errorMessage,
            ].compactMapValues(\.self)
            let numbers = [
                ("attempts", Int64(attempts)), ("polls", Int64(polls)), ("fence", fence),
                ("nextAttemptMicroseconds", nextAttemptMicroseconds),
            ].compactMap { name, number in number.map { "\"\(name)\":\($0)" } }
            return .text("{\(numbers.joined(separator: ",")),\(try TaskPayload.text(words).dropFirst())")
        }
    }
}
