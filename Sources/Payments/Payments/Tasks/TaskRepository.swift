package import PaymentCore
package import SQLKit
package import WorldKit

/// The durable queue: staging and querying tasks.
///
/// A waiting task has state `ready` in the table and is *scheduled* until it is due.
package struct TaskRepository {
    let connection: any SQLConnection
    private let staging = Staging()

    package init(_ connection: any SQLConnection) { self.connection = connection }

    /// What this transaction has staged, or failed to stage.
    private final class Staging {
        var isDue = false
        var failures: [StagingFailure] = []
    }

    /// A task that could not be staged, while the change that requires it continues.
    package struct StagingFailure: Hashable, Sendable {
        package var at: Instant
        package var kind: TaskKind
        package var key: String
        package var orderID: String?
        package var message: String
    }

    /// Whether this transaction has made a task due.
    var hasStaged: Bool { staging.isDue }

    var stagingFailures: [StagingFailure] { staging.failures }

    /// Stages a task; an existing one with the same kind and key is left as it is.
    package func enqueue(_ request: TaskRequest, at instant: Instant) throws {
        try connection.execute(
            """
            INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, 'ready', $6, $7, $7) ON CONFLICT (kind, key) DO NOTHING
            """,
            [
                .text(request.kind.rawValue), .text(request.key), try TaskPayload.value(request.payload),
                .text(request.orderID), .text(request.clientID), .instant(request.dueAt), .instant(instant),
            ])
        if request.dueAt <= instant { staging.isDue = true }
    }

    /// Stages a task that the change can do without: if the queue refuses it, that is recorded, and the rest of the
    /// transaction continues.
    /// - Returns: why it is not staged; nil when it is.
    package func enqueueIfPossible(_ request: TaskRequest, at instant: Instant) throws -> StagingFailure? {
        do {
            try connection.savepoint { try enqueue(request, at: instant) }
            return nil
        } catch let error as SQLError {
            let failure = StagingFailure(
                at: instant, kind: request.kind, key: request.key, orderID: request.orderID, message: error.message)
            // If the store cannot record this either, the whole transaction fails.
            try record(failure)
            staging.failures.append(failure)
            return failure
        }
    }

    private func record(_ failure: StagingFailure) throws {
        try connection.execute(
            "INSERT INTO task_staging_failures (at, kind, key, order_id, message) VALUES ($1, $2, $3, $4, $5)",
            [
                .instant(failure.at), .text(failure.kind.rawValue), .text(failure.key), .text(failure.orderID),
                .text(failure.message),
            ])
    }

    /// Makes a waiting task due now, because what it waits for may have happened.
    package func wake(_ kind: TaskKind, key: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE tasks SET due_at = $3 WHERE kind = $1 AND key = $2 AND state = 'ready' AND due_at > $3",
            [.text(kind.rawValue), .text(key), .instant(instant)])
        staging.isDue = true
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
            payload: try TaskPayload.payload(try row.text("payload")),
            orderID: try row.optionalText("order_id"),
            clientID: try row.optionalText("client_id"), state: state, attempts: try row.number("attempts"),
            polls: try row.number("polls"), nextAttemptAt: dueAt, leasedBy: try row.optionalText("leased_by"),
            leaseExpiresAt: state == .running ? dueAt : nil, fence: try row.fence(),
            errorClass: try row.optionalText("error_class"), errorMessage: try row.optionalText("error_message"),
            createdAt: try row.instant("created_at"), updatedAt: try row.instant("updated_at"))
    }
}
