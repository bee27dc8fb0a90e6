import SQLKit
import WorldKit

/// Claiming, holding and finishing tasks on a server with many concurrent workers: one statement for any number of
/// tasks.
///
/// Statements lock rows before they change them, either in order of id or skipping locked rows, so that two workers
/// neither deadlock nor claim the same task. READ COMMITTED is enough for them.
extension TaskRepository {
    /// Whether ``finishAndClaim(_:_:at:)`` covers the claim completely.
    func canFinishAndClaim(_ claim: Claim) -> Bool {
        !connection.dialect.hasOneWriter && schema.sequence == nil && claim.tags.isEmpty && claim.limit > 0
    }

    /// Finishes tasks and claims others in one round trip.
    /// - Returns: for each finished task, false when its lease had been lost; whether any leases have expired; the
    ///   claimed tasks.
    func finishAndClaim(
        _ tasks: [QueuedTask], _ claim: Claim, at instant: Instant
    ) throws -> (isHeld: [Bool], isExpired: Bool, claimed: [QueuedTask]) {
        var statements = [
            SQLStatement(
                "SELECT 1 FROM tasks WHERE state = 'running' AND due_at <= $1 ORDER BY due_at LIMIT 1",
                [.instant(instant)]),
            claimStatement(claim, at: instant),
        ]
        if !tasks.isEmpty { statements.insert(finishStatement(tasks, at: instant), at: 0) }
        let rows = try connection.queryAll(statements)
        return (
            tasks.isEmpty ? [] : try isHeld(tasks, rows[0]), !rows[rows.count - 2].isEmpty,
            try claimed(rows[rows.count - 1], claim, at: instant)
        )
    }

    // MARK: Claiming

    /// Leases the oldest due tasks of the given kinds, except paused ones.
    func claimStatement(_ claim: Claim, at instant: Instant) -> SQLStatement {
        let lows = claim.kinds.map { claim.marks?.low($0, at: instant)?.microseconds ?? .min }
        return SQLStatement(
            Self.claim,
            [
                .array(claim.kinds.map(\.rawValue)), .array(lows), .instant(instant), .integer(claim.limit),
                .text(claim.worker), .instant(instant.advanced(bySeconds: claim.leaseSeconds)),
            ])
    }

    /// The tasks of the statement's rows, oldest first.
    func claimed(_ rows: [SQLRow], _ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        let tasks = try rows.map { row in
            var task = try task(row, now: instant)
            task.nextAttemptAt = try row.instant("was_due_at")
            return task
        }.sorted { ($0.nextAttemptAt, $0.taskID) < ($1.nextAttemptAt, $1.taskID) }
        claim.marks?.note(tasks, isComplete: tasks.count >= claim.limit, at: instant)
        return tasks
    }

    private static let dueOfKind = """
        SELECT tasks.task_id, tasks.due_at FROM tasks
        WHERE tasks.state = 'ready' AND tasks.kind = asked.kind AND tasks.due_at >= asked.low AND tasks.due_at <= $3
        ORDER BY tasks.due_at, tasks.task_id
        """

    /// Counts how many of the oldest tasks belong to each kind, then claims that number of each kind with SKIP LOCKED.
    private static let claim = """
        WITH unpaused AS MATERIALIZED (
            SELECT asked.kind, asked.low FROM unnest($1::text[], $2::bigint[]) AS asked (kind, low)
            WHERE NOT EXISTS (SELECT 1 FROM task_pauses WHERE task_pauses.kind = asked.kind AND resumed_at IS NULL)),
        oldest AS MATERIALIZED (
            SELECT asked.kind, asked.low FROM unpaused AS asked CROSS JOIN LATERAL (\(dueOfKind) LIMIT $4) AS first
            ORDER BY first.due_at, first.task_id LIMIT $4),
        shares AS MATERIALIZED (SELECT kind, low, COUNT(*) AS share FROM oldest GROUP BY kind, low),
        due AS MATERIALIZED (
            SELECT first.task_id, first.due_at FROM shares AS asked
                CROSS JOIN LATERAL (\(dueOfKind) LIMIT asked.share FOR UPDATE SKIP LOCKED) AS first)
        UPDATE tasks SET state = 'running', leased_by = $5, due_at = $6, fence = fence + 1, attempts = attempts + 1,
            updated_at = $3
        FROM due WHERE tasks.task_id = due.task_id
        RETURNING tasks.*, due.due_at AS was_due_at
        """

    // MARK: Holding

    func finishStatement(_ tasks: [QueuedTask], at instant: Instant) -> SQLStatement {
        heldStatement(tasks, "state = 'done', leased_by = NULL, updated_at = $3", [.instant(instant)])
    }

    /// Changes the tasks whose leases are still held.
    ///
    /// The state is not compared as a bare column, because the planner would then read the whole index of running
    /// tasks, where finished ones stay until no transaction can see them.
    /// - Parameter parameters: bound from `$3` on.
    func heldStatement(_ tasks: [QueuedTask], _ changes: String, _ parameters: [SQLValue]) -> SQLStatement {
        SQLStatement(
            """
            WITH held AS MATERIALIZED (
                SELECT tasks.task_id FROM unnest($1::bigint[], $2::bigint[]) AS asked (task_id, fence)
                    JOIN tasks ON tasks.task_id = asked.task_id AND tasks.fence = asked.fence
                WHERE COALESCE(tasks.state, '') = 'running' ORDER BY tasks.task_id FOR UPDATE OF tasks)
            UPDATE tasks SET \(changes) FROM held WHERE tasks.task_id = held.task_id
            RETURNING tasks.task_id, tasks.fence
            """, [.array(tasks.map(\.taskID)), .array(tasks.map(\.fence))] + parameters)
    }

    /// For each task, whether its row was changed; of two equal tasks, only the first counts.
    func isHeld(_ tasks: [QueuedTask], _ rows: [SQLRow]) throws -> [Bool] {
        var held = Set(try rows.map { [try $0.integer("task_id"), try $0.integer("fence")] })
        return tasks.map { held.remove([$0.taskID, $0.fence]) != nil }
    }
}
