import JSONKit
package import PaymentCore
import SQLKit
package import WorldKit

/// A recorded requeue or cancellation of a task.
package struct TaskChange: Sendable {
    package enum Action: String, Sendable {
        case requeue, cancel
    }

    package var action: Action
    package var request: RequeueRequest
    package var taskID: Int64
    package var at: Instant
    package var before: TaskSnapshot
    package var after: TaskSnapshot
    /// Nil unless it was undone.
    package var undoneAt: Instant?
    package var undoneBy: Actor?
}

/// The state of a task at one moment.
package struct TaskSnapshot: Codable, Hashable, Sendable {
    package var state: String
    package var attempts: Int
    package var polls: Int
    /// RFC 3339 with milliseconds, for display.
    package var nextAttemptAt: String
    /// The same in microseconds since 1970; nil in records of the first versions.
    package var nextAttemptMicroseconds: Int64?
    package var errorClass: String?
    package var errorMessage: String?
    /// Nil in records of the first versions.
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

/// Who requested a requeue or a cancellation, and why; one request may cover many tasks.
package struct RequeueRequest: Sendable {
    package var batch: String
    package var actor: Actor
    package var reason: String

    package init(batch: String, actor: Actor, reason: String) {
        self.batch = batch
        self.actor = actor
        self.reason = reason
    }
}

extension TaskRepository {
    /// Gives a task that is neither running nor done a fresh set of attempts, due at `dueAt`; its history stays.
    /// - Returns: false when its state forbids it or it has changed since, and nothing was written.
    package func requeue(
        _ task: QueuedTask, dueAt: Instant, request: RequeueRequest, at instant: Instant
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
        try record(.requeue, of: task, after: after, request, at: instant)
        return true
    }

    /// Ends a waiting or stuck task, permanently unless it is requeued.
    /// - Returns: false when its state forbids it or it has changed since, and nothing was written.
    package func cancel(_ task: QueuedTask, request: RequeueRequest, at instant: Instant) throws -> Bool {
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
        try record(.cancel, of: task, after: after, request, at: instant)
        return true
    }

    /// Restores a task to its state before a change, unless the task has changed since.
    /// - Returns: false when it has, and nothing was written.
    package func undo(_ change: TaskChange, by actor: Actor, at instant: Instant) throws -> Bool {
        let before = change.before
        let exactly = before.nextAttemptMicroseconds.map(Instant.init(microseconds:))
        guard let fence = change.after.fence, let dueAt = exactly ?? Instant(rfc3339: before.nextAttemptAt)
        else { return false }
        // A scheduled task is stored as ready, with a later due time.
        let state = before.state == TaskState.scheduled.rawValue ? TaskState.ready.rawValue : before.state
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = $3, attempts = $4, polls = $5, due_at = $6, fence = fence + 1, updated_at = $7
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'canceled')
            """,
            [
                .integer(change.taskID), .integer(fence), .text(state), .integer(before.attempts),
                .integer(before.polls), .instant(dueAt), .instant(instant),
            ])
        guard changed == 1 else { return false }
        try connection.execute(
            "UPDATE task_interventions SET undone_at = $3, undone_by = $4 WHERE batch = $1 AND task_id = $2",
            [
                .text(change.request.batch), .integer(change.taskID), .instant(instant), .text(actor.text),
            ])
        return true
    }

    /// All requeues and cancellations of a task, oldest first.
    package func changes(taskID: Int64) throws -> [TaskChange] {
        try connection.query(
            "SELECT * FROM task_interventions WHERE task_id = $1 ORDER BY at, batch", [.integer(taskID)]
        ).map(Self.change)
    }

    /// The changes of one batch, by task.
    package func changes(batch: String) throws -> [TaskChange] {
        try connection.query(
            "SELECT * FROM task_interventions WHERE batch = $1 ORDER BY task_id", [.text(batch)]
        ).map(Self.change)
    }

    private func record(
        _ action: TaskChange.Action, of task: QueuedTask, after: QueuedTask, _ request: RequeueRequest,
        at instant: Instant
    ) throws {
        try connection.execute(
            """
            INSERT INTO task_interventions (batch, task_id, at, actor, reason, before, after, action)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(request.batch), .integer(task.taskID), .instant(instant), .text(request.actor.text),
                .text(request.reason), try TaskSnapshot(task).value,
                try TaskSnapshot(after).value, .text(action.rawValue),
            ])
    }

    private static func change(_ row: SQLRow) throws -> TaskChange {
        TaskChange(
            action: try row.word("action"),
            request: RequeueRequest(
                batch: try row.text("batch"), actor: try row.actor("actor"), reason: try row.text("reason")),
            taskID: try row.integer("task_id"), at: try row.instant("at"), before: try row.json("before"),
            after: try row.json("after"), undoneAt: try row.optionalInstant("undone_at"),
            undoneBy: try row.optionalText("undone_by").flatMap(Actor.init(text:)))
    }
}

extension TaskSnapshot {
    /// The JSON that it is decoded from; batches may be large, so words take the fast path of ``TaskPayload``.
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
