import JSONKit
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
    package var undoneBy: String?
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
    package var actor: String
    package var reason: String

    package init(batch: String, actor: String, reason: String) {
        self.batch = batch
        self.actor = actor
        self.reason = reason
    }
}

extension TaskRepository {
    /// A task to be requeued, and when.
    package typealias Requeue = (task: QueuedTask, dueAt: Instant)

    /// Gives tasks that are due, scheduled, stuck or canceled a fresh set of attempts; their history stays.
    /// - Returns: those that were; the state of the others forbids it, or they have changed since.
    package func requeue(_ requeues: [Requeue], request: RequeueRequest, at instant: Instant) throws -> [QueuedTask] {
        try takeSequences(of: requeues.map(\.task), at: instant)
        let isChanged = try changeEach(
            requeues, of: requeues.map(\.task.taskID),
            """
            UPDATE tasks SET state = 'ready', attempts = 0, polls = 0, due_at = $3, leased_by = NULL, fence = fence + 1,
                updated_at = $4, is_kept = 1
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'stuck', 'canceled')
            """
        ) {
            [.integer($0.task.taskID), .integer($0.task.fence), .instant($0.dueAt), .instant(instant)]
        }
        try restoreSequences(of: requeues.map(\.task))
        let changed = zip(requeues, isChanged).filter(\.1).map(\.0)
        try record(
            .requeue, request, at: instant,
            changed.map { before, dueAt in
                var after = before
                after.state = dueAt > instant ? .scheduled : .ready
                after.nextAttemptAt = dueAt
                (after.attempts, after.polls) = (0, 0)
                return (before, after)
            })
        return changed.map(\.task)
    }

    /// Ends waiting or stuck tasks, permanently unless they are requeued; those behind them in a sequence go on.
    /// - Returns: those that were; the state of the others forbids it, or they have changed since.
    package func cancel(_ tasks: [QueuedTask], request: RequeueRequest, at instant: Instant) throws -> [QueuedTask] {
        try takeSequences(of: tasks, at: instant)
        let isChanged = try changeEach(
            tasks,
            """
            UPDATE tasks SET state = 'canceled', leased_by = NULL, fence = fence + 1, updated_at = $3, is_kept = 1
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'waiting', 'stuck')
            """
        ) { [.integer($0.taskID), .integer($0.fence), .instant(instant)] }
        try advanceSequences(of: tasks)
        let changed = zip(tasks, isChanged).filter(\.1).map(\.0)
        try record(
            .cancel, request, at: instant,
            changed.map { before in
                var after = before
                after.state = .canceled
                return (before, after)
            })
        return changed
    }

    /// Restores a task to its state before a change, unless the task has changed since.
    /// - Returns: false when it has, and nothing was written.
    package func undo(_ change: TaskChange, by actor: String, at instant: Instant) throws -> Bool {
        let before = change.before
        let exactly = before.nextAttemptMicroseconds.map(Instant.init(microseconds:))
        guard let fence = change.after.fence, let dueAt = exactly ?? Instant(rfc3339: before.nextAttemptAt)
        else { return false }
        if schema.sequence != nil, let task = try task(id: change.taskID, at: instant) {
            try takeSequences(of: [task], at: instant)
        }
        // A scheduled task is stored as ready, with a later due time.
        let state = before.state == TaskState.scheduled.rawValue ? TaskState.ready.rawValue : before.state
        let changed = try connection.execute(
            """
            UPDATE tasks SET state = $3, attempts = $4, polls = $5, due_at = $6, fence = fence + 1, updated_at = $7
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'waiting', 'canceled')
            """,
            [
                .integer(change.taskID), .integer(fence), .text(state), .integer(before.attempts),
                .integer(before.polls), .instant(dueAt), .instant(instant),
            ])
        guard changed == 1 else { return false }
        if schema.sequence != nil, let task = try task(id: change.taskID, at: instant) {
            try restoreSequences(of: [task])
        }
        try connection.execute(
            "UPDATE task_interventions SET undone_at = $3, undone_by = $4 WHERE batch = $1 AND task_id = $2",
            [
                .text(change.request.batch), .integer(change.taskID), .instant(instant), .text(actor),
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

    /// - Parameter changes: each task before and after, apart from its fence.
    private func record(
        _ action: TaskChange.Action, _ request: RequeueRequest, at instant: Instant,
        _ changes: [(before: QueuedTask, after: QueuedTask)]
    ) throws {
        try connection.executeEach(
            """
            INSERT INTO task_interventions (batch, task_id, at, actor, reason, before, after, action)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            changes.map { task, after in
                var after = after
                after.fence += 1
                return [
                    .text(request.batch), .integer(task.taskID), .instant(instant), .message(request.actor),
                    .message(request.reason), try TaskSnapshot(task).value, try TaskSnapshot(after).value,
                    .text(action.rawValue),
                ]
            })
    }

    private static func change(_ row: SQLRow) throws -> TaskChange {
        TaskChange(
            action: try row.word("action"),
            request: RequeueRequest(
                batch: try row.text("batch"), actor: try row.text("actor"), reason: try row.text("reason")),
            taskID: try row.integer("task_id"), at: try row.instant("at"), before: try row.json("before"),
            after: try row.json("after"), undoneAt: try row.optionalInstant("undone_at"),
            undoneBy: try row.optionalText("undone_by"))
    }
}

extension TaskSnapshot {
    /// The JSON that it is decoded from; batches may be large, so texts take the fast path of ``JSONWords``.
    fileprivate var value: SQLValue {
        get throws {
            let words = [
                "state": state, "nextAttemptAt": nextAttemptAt, "errorClass": errorClass, "errorMessage": errorMessage,
            ].compactMapValues(\.self)
            let numbers = [
                ("attempts", Int64(attempts)), ("polls", Int64(polls)), ("fence", fence),
                ("nextAttemptMicroseconds", nextAttemptMicroseconds),
            ].compactMap { name, number in number.map { "\"\(name)\":\($0)" } }
            return .text("{\(numbers.joined(separator: ",")),\(JSONWords.text(words).dropFirst())")
        }
    }
}
