import SQLKit
package import WorldKit

/// Claiming under a lease, and finishing under its fencing number.
///
/// Every change compares the task's fence and state with those it was read with, so that two workers cannot both hold
/// it, whatever the isolation of their transactions. Tasks are changed in the order of their numbers, so that two
/// transactions cannot wait for each other.
extension TaskRepository {
    package struct Claim: Sendable {
        package var kinds: [TaskKind]
        /// Only tasks with these tags.
        package var tags: [TaskTag: String] = [:]
        package var limit = 1
        package var worker: String
        package var leaseSeconds: Double
        /// Where the search starts; only a hint.
        var marks: ClaimMarks?

        package init(kinds: [TaskKind], worker: String, leaseSeconds: Double) {
            self.kinds = kinds
            self.worker = worker
            self.leaseSeconds = leaseSeconds
        }
    }

    /// Leases the oldest due tasks to a worker, each under a new fencing number; none of a paused kind.
    package func claim(_ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        if !connection.dialect.hasOneWriter, claim.tags.isEmpty, claim.limit > 0 {
            let statement = claimStatement(claim, at: instant)
            return try claimed(try connection.query(statement.sql, statement.parameters), claim, at: instant)
        }
        let kinds = try unpaused(claim.kinds)
        guard !kinds.isEmpty, claim.limit > 0 else { return [] }
        return try lease(try due(kinds, claim, at: instant), claim, at: instant)
    }

    /// Leases one task to a worker, due or not, paused or not, including a stuck one.
    /// - Returns: nil when its state forbids it.
    package func claim(taskID: Int64, _ claim: Claim, at instant: Instant) throws -> QueuedTask? {
        guard let task = try task(id: taskID, at: instant), [.ready, .scheduled, .stuck].contains(task.state) else {
            return nil
        }
        return try lease([task], claim, at: instant).first
    }

    /// - Returns: those of the tasks that had not changed since they were read, leased.
    private func lease(_ tasks: [QueuedTask], _ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        let expiry = instant.advanced(bySeconds: claim.leaseSeconds)
        let changed = try changeEach(
            tasks,
            """
            UPDATE tasks SET state = 'running', leased_by = $3, due_at = $4, fence = fence + 1, attempts = attempts + 1,
                updated_at = $5
            WHERE task_id = $1 AND fence = $2 AND state IN ('ready', 'stuck')
            """
        ) {
            [
                .integer($0.taskID), .integer($0.fence), .text(claim.worker), .instant(expiry), .instant(instant),
            ]
        }
        return zip(tasks, changed).compactMap { task, isChanged in
            guard isChanged else { return nil }
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
    }

    /// The oldest due tasks of some kinds.
    private func due(_ kinds: [TaskKind], _ claim: Claim, at instant: Instant) throws -> [QueuedTask] {
        var found: [(dueAt: Instant, id: Int64)] = []
        func find(_ sql: String, _ parameters: [SQLValue]) throws {
            try connection.forEachRow(sql + connection.dialect.skipLocked, parameters) { row in
                found.append((try row.instant("due_at"), try row.integer("task_id")))
            }
        }
        if claim.tags.isEmpty {
            for kind in kinds {
                try find(Self.dueOfKind, [.text(kind.rawValue), .instant(instant), .integer(claim.limit)])
            }
        } else {
            for var clauses in ready(kinds, claim.tags) {
                clauses.add("due_at <= ", .instant(instant))
                let limit = clauses.bind(.integer(claim.limit))
                try find(
                    "SELECT task_id, due_at FROM tasks \(clauses.text) ORDER BY due_at, task_id LIMIT \(limit)",
                    clauses.parameters)
            }
        }
        let ids = found.sorted(by: <).prefix(claim.limit).map(\.id)
        var tasks: [Int64: QueuedTask] = [:]
        try Self.tasksByID.forEachRow(on: connection, of: ids.map(SQLValue.integer)) { row in
            let task = try task(row, now: instant)
            tasks[task.taskID] = task
        }
        return ids.compactMap { tasks[$0] }
    }

    private static let dueOfKind = """
        SELECT task_id, due_at FROM tasks WHERE state = 'ready' AND kind = $1 AND due_at <= $2
        ORDER BY due_at, task_id LIMIT $3
        """

    private static let tasksByID = SQLListQuery { "SELECT * FROM tasks WHERE task_id IN (\($0))" }

    /// The conditions of waiting tasks, one for each index range to read.
    ///
    /// With a selective tag that is the tag's range. Otherwise it is one range per kind, however many tasks of other
    /// kinds are due. The caller merges them: in SQL that takes a temporary table, which costs more than all the rest.
    private func ready(_ kinds: [TaskKind], _ tags: [TaskTag: String]) -> [SQLClauses] {
        guard !tags.keys.contains(where: \.isSelective) else { return [clauses("ready", kinds, tags)] }
        return kinds.map { kind in
            var clauses = clauses("ready", [], tags)
            clauses.add("kind = ", .text(kind.rawValue))
            return clauses
        }
    }

    private func clauses(_ state: String, _ kinds: [TaskKind], _ tags: [TaskTag: String]) -> SQLClauses {
        var clauses = SQLClauses()
        for tag in schema.tags { clauses.add("\(tag.name) = ", tags[tag].map(SQLValue.text)) }
        clauses.add("state = '\(state)'")
        // Not the bare column: the planner would prefer its index.
        clauses.add("COALESCE(kind, '')", in: kinds.map { .text($0.rawValue) })
        return clauses
    }

    /// When the next waiting task is due or the next lease expires; nil when there is neither. Paused kinds do not
    /// count.
    package func nextDue(kinds: [TaskKind], tags: [TaskTag: String] = [:]) throws -> Instant? {
        let kinds = try unpaused(kinds)
        guard !kinds.isEmpty else { return nil }
        var found: [Instant] = []
        for clauses in ready(kinds, tags) {
            found += try instants("SELECT MIN(due_at) AS due_at FROM tasks \(clauses.text)", clauses)
        }
        // Leases are few, and ordered by expiry.
        let clauses = clauses("running", kinds, tags)
        found += try instants("SELECT due_at FROM tasks \(clauses.text) ORDER BY due_at LIMIT 1", clauses)
        return found.min()
    }

    private func instants(_ sql: String, _ clauses: SQLClauses) throws -> [Instant] {
        try connection.query(sql, clauses.parameters).compactMap { try $0.optionalInstant("due_at") }
    }

    // MARK: Holding and ending a lease

    /// Runs one statement for each change of a task, in the order of the tasks' numbers.
    /// - Parameters:
    ///   - taskIDs: whose they are; of several changes of one task, the first comes first.
    ///   - sql: compares the task's number, `$1`, and its fence, `$2`.
    ///   - parameters: all of them.
    /// - Returns: for each, in the order given, whether the task was changed.
    func changeEach<Change>(
        _ changes: [Change], of taskIDs: [Int64], _ sql: String, _ parameters: (Change) throws -> [SQLValue]
    ) throws -> [Bool] {
        let order = changes.indices.sorted { (taskIDs[$0], $0) < (taskIDs[$1], $1) }
        let counts = try connection.executeEach(sql, order.map { try parameters(changes[$0]) })
        var isChanged = [Bool](repeating: false, count: changes.count)
        for (place, count) in zip(order, counts) { isChanged[place] = count == 1 }
        return isChanged
    }

    func changeEach(
        _ tasks: [QueuedTask], _ sql: String, _ parameters: (QueuedTask) throws -> [SQLValue]
    ) throws -> [Bool] {
        try changeEach(tasks, of: tasks.map(\.taskID), sql, parameters)
    }

    /// Extends the leases of running tasks.
    /// - Returns: for each task, false when the lease has been lost.
    package func extendLeases(_ tasks: [QueuedTask], until expiry: Instant) throws -> [Bool] {
        if !connection.dialect.hasOneWriter {
            let statement = heldStatement(tasks, "due_at = $3", [.instant(expiry)])
            return try isHeld(tasks, try connection.query(statement.sql, statement.parameters))
        }
        return try changeEach(
            tasks, "UPDATE tasks SET due_at = $3 WHERE task_id = $1 AND fence = $2 AND state = 'running'"
        ) {
            [.integer($0.taskID), .integer($0.fence), .instant(expiry)]
        }
    }

    /// - Returns: for each task, false when the lease has been lost to another worker, and nothing was written.
    package func finish(_ tasks: [QueuedTask], at instant: Instant) throws -> [Bool] {
        guard !tasks.isEmpty else { return [] }
        try takeSequences(of: tasks, at: instant)
        if !connection.dialect.hasOneWriter {
            let statement = finishStatement(tasks, at: instant)
            let isFinished = try isHeld(tasks, try connection.query(statement.sql, statement.parameters))
            try advanceSequences(of: tasks)
            return isFinished
        }
        let isChanged = try changeEach(
            tasks,
            """
            UPDATE tasks SET state = 'done', leased_by = NULL, updated_at = $3
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """
        ) { [.integer($0.taskID), .integer($0.fence), .instant(instant)] }
        try advanceSequences(of: tasks)
        return isChanged
    }

    /// An attempt that did not finish its task.
    package struct Postponement: Sendable {
        package var task: QueuedTask
        /// When the next attempt is due; nil makes the task stuck, or keeps it so.
        package var dueAt: Instant?
        package var isPoll: Bool
        package var errorClass: String
        package var message: String
        package var worker: String

        package init(
            _ task: QueuedTask, until dueAt: Instant?, isPoll: Bool, errorClass: String, message: String, worker: String
        ) {
            self.task = task
            self.dueAt = dueAt
            self.isPoll = isPoll
            self.errorClass = errorClass
            self.message = message
            self.worker = worker
        }
    }

    /// Records attempts that did not finish their tasks, and when the next ones are due.
    /// - Returns: for each, false when the lease has been lost to another worker, and nothing was written.
    package func postpone(_ postponements: [Postponement], at instant: Instant) throws -> [Bool] {
        guard !postponements.isEmpty else { return [] }
        try takeSequences(of: postponements.map(\.task), at: instant)
        let isChanged = try changeEach(
            postponements, of: postponements.map(\.task.taskID),
            """
            UPDATE tasks SET state = $3, due_at = $4, leased_by = NULL, polls = polls + $5, error_class = $6,
                error_message = $7, updated_at = $8, is_kept = CASE WHEN $5 = 0 THEN 1 ELSE is_kept END
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """
        ) { postponement in
            let task = postponement.task
            return [
                .integer(task.taskID), .integer(task.fence), .text(postponement.dueAt == nil ? "stuck" : "ready"),
                .instant(postponement.dueAt ?? task.stuckSince ?? instant),
                .integer(postponement.isPoll ? 1 : 0), .text(postponement.errorClass), .message(postponement.message),
                .instant(instant),
            ]
        }
        try connection.executeEach(
            """
            INSERT INTO task_attempts (task_id, attempt, at, worker, error_class, message)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            zip(postponements, isChanged).filter(\.1).map { postponement, _ in
                [
                    .integer(postponement.task.taskID), .integer(postponement.task.attempts), .instant(instant),
                    .text(postponement.worker), .text(postponement.errorClass), .message(postponement.message),
                ]
            })
        try restoreSequences(of: postponements.map(\.task))
        return isChanged
    }

    /// Returns claimed tasks that were never begun, as if they had not been claimed.
    package func release(_ tasks: [QueuedTask], at instant: Instant) throws {
        guard !tasks.isEmpty else { return }
        try takeSequences(of: tasks, at: instant)
        _ = try changeEach(
            tasks,
            """
            UPDATE tasks SET state = 'ready', due_at = $3, leased_by = NULL, attempts = attempts - 1, updated_at = $4
            WHERE task_id = $1 AND fence = $2 AND state = 'running'
            """
        ) { [.integer($0.taskID), .integer($0.fence), .instant($0.nextAttemptAt), .instant(instant)] }
        try restoreSequences(of: tasks)
    }

    // MARK: Workers that died

    /// Tasks whose lease has expired, longest ago first: their workers died or were suspended.
    package func expired(at instant: Instant, limit: Int) throws -> [QueuedTask] {
        try connection.query(
            """
            SELECT * FROM tasks WHERE state = 'running' AND due_at <= $1
            ORDER BY due_at, task_id LIMIT $2\(connection.dialect.skipLocked)
            """, [.instant(instant), .integer(limit)]
        ).map { try task($0, now: instant) }
    }

    /// All current lease holders.
    package func leaseHolders() throws -> [String] {
        try connection.query("SELECT DISTINCT leased_by FROM tasks WHERE state = 'running' ORDER BY leased_by").map {
            try $0.text("leased_by")
        }
    }

    /// Ends the leases of workers known to be dead.
    package func endLeases(of workers: [String], at instant: Instant) throws {
        try connection.executeEach(
            "UPDATE tasks SET due_at = $2 WHERE state = 'running' AND leased_by = $1 AND due_at > $2",
            workers.map { [.text($0), .instant(instant)] })
    }
}
