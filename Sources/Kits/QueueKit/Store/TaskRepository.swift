package import SQLKit
package import WorldKit

/// The durable queue: staging and querying tasks.
///
/// A waiting task has state `ready` in the table and is *scheduled* until it is due.
package struct TaskRepository {
    package let connection: any SQLConnection
    let schema: QueueSchema
    private let staging = Staging()

    package init(_ connection: any SQLConnection, _ schema: QueueSchema) {
        self.connection = connection
        self.schema = schema
    }

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
        package var tags: [TaskTag: String]
        package var message: String
    }

    /// Whether this transaction has made a task due.
    var hasStaged: Bool { staging.isDue }

    var stagingFailures: [StagingFailure] { staging.failures }

    func didMakeDue() { staging.isDue = true }

    /// Stages a task; an existing one with the same kind and key is left as it is.
    package func enqueue(_ request: TaskRequest, at instant: Instant) throws { try enqueue([request], at: instant) }

    /// Stages tasks; existing ones with the same kind and key are left as they are.
    package func enqueue(_ requests: [TaskRequest], at instant: Instant) throws {
        _ = try enqueueReportingKnown(requests, at: instant)
    }

    /// Stages tasks; existing ones with the same kind and key are left as they are.
    /// - Returns: the requests whose tasks existed.
    package func enqueueReportingKnown(_ requests: [TaskRequest], at instant: Instant) throws -> [TaskRequest] {
        if let sequence = schema.sequence { try takeSequences(requests.compactMap { $0.tags[sequence] }, at: instant) }
        let counts = try connection.executeEach(
            schema.insert,
            requests.map { request in
                [
                    .text(request.kind.rawValue), .text(request.key), .words(request.payload),
                    .instant(request.dueAt), .instant(instant),
                ] + schema.values(request.tags)
            })
        if requests.contains(where: { $0.dueAt <= instant }) { staging.isDue = true }
        return zip(requests, counts).filter { $0.1 == 0 }.map(\.0)
    }

    /// Stages a task that the change can do without: if the queue refuses it, that is recorded, and the rest of the
    /// transaction continues.
    /// - Returns: why it is not staged; nil when it is.
    /// - Throws: an error that voids the whole transaction, such as a conflict.
    package func enqueueIfPossible(_ request: TaskRequest, at instant: Instant) throws -> StagingFailure? {
        do {
            try connection.savepoint { try enqueue(request, at: instant) }
            return nil
        } catch let error as SQLError where !error.voidsTransaction {
            let failure = StagingFailure(
                at: instant, kind: request.kind, key: request.key, tags: request.tags, message: error.message)
            // If the store cannot record this either, the whole transaction fails.
            try record(failure)
            staging.failures.append(failure)
            return failure
        }
    }

    private func record(_ failure: StagingFailure) throws {
        try connection.execute(
            schema.insertFailure,
            [
                .instant(failure.at), .text(failure.kind.rawValue), .text(failure.key), .message(failure.message),
            ] + schema.selectiveValues(failure.tags))
    }

    /// Makes a waiting task due now, because what it waits for may have happened.
    package func wake(_ kind: TaskKind, key: String, at instant: Instant) throws {
        try connection.execute(
            "UPDATE tasks SET due_at = $3 WHERE kind = $1 AND key = $2 AND state = 'ready' AND due_at > $3",
            [.text(kind.rawValue), .text(key), .instant(instant)])
        staging.isDue = true
    }

    /// What a task is about; nil when it does not exist.
    package func payload(_ kind: TaskKind, key: String) throws -> [String: String]? {
        try connection.query(
            "SELECT payload FROM tasks WHERE kind = $1 AND key = $2", [.text(kind.rawValue), .text(key)]
        ).first?.words("payload")
    }

    package func task(id: Int64, at instant: Instant) throws -> QueuedTask? {
        try connection.query("SELECT * FROM tasks WHERE task_id = $1", [.integer(id)]).first.map {
            try self.task($0, now: instant)
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

    func task(_ row: SQLRow, now: Instant) throws -> QueuedTask {
        let dueAt = try row.instant("due_at")
        var state: TaskState = try row.word("state")
        if state == .ready, dueAt > now { state = .scheduled }
        return QueuedTask(
            taskID: try row.integer("task_id"), kind: try row.word("kind"), key: try row.text("key"),
            payload: try row.words("payload"), tags: try schema.tags(row), state: state,
            attempts: try row.number("attempts"), polls: try row.number("polls"), nextAttemptAt: dueAt,
            leasedBy: try row.optionalText("leased_by"), leaseExpiresAt: state == .running ? dueAt : nil,
            fence: try row.integer("fence", in: SQLRow.countRange), errorClass: try row.optionalText("error_class"),
            errorMessage: try row.optionalText("error_message"), createdAt: try row.instant("created_at"),
            updatedAt: try row.instant("updated_at"))
    }

    /// The kinds of all tasks, in alphabetical order.
    ///
    /// One lookup per kind in the index on (kind, key), however many tasks there are.
    func kinds() throws -> [TaskKind] {
        try connection.query(
            """
            WITH RECURSIVE kinds (kind) AS (
                SELECT MIN(kind) FROM tasks
                UNION ALL
                SELECT (SELECT MIN(tasks.kind) FROM tasks WHERE tasks.kind > kinds.kind) FROM kinds
                WHERE kinds.kind IS NOT NULL)
            SELECT kind FROM kinds WHERE kind IS NOT NULL
            """
        ).map { try $0.word("kind") }
    }
}
