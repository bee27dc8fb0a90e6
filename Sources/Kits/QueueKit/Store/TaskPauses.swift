import SQLKit
package import WorldKit

/// A pause that stops workers from taking tasks of a kind: since when, by whom, why.
package struct TaskPause: Hashable, Sendable {
    package var kind: TaskKind
    package var pausedAt: Instant
    package var pausedBy: String
    package var reason: String
    /// Nil while it is in force.
    package var resumedAt: Instant?
    package var resumedBy: String?
}

extension TaskRepository {
    /// Stops workers from taking tasks of a kind; running tasks are finished.
    /// - Returns: false when it was paused already; that pause stays as it is.
    package func pause(_ kind: TaskKind, by actor: String, reason: String, at instant: Instant) throws -> Bool {
        guard try pausesInForce().allSatisfy({ $0.kind != kind }) else { return false }
        try connection.execute(
            "INSERT INTO task_pauses (kind, paused_at, paused_by, reason) VALUES ($1, $2, $3, $4)",
            [.text(kind.rawValue), .instant(instant), .message(actor), .message(reason)])
        return true
    }

    /// Ends a pause; what came due meanwhile is due now.
    /// - Returns: false when it was not paused.
    package func resume(_ kind: TaskKind, by actor: String, at instant: Instant) throws -> Bool {
        try connection.execute(
            "UPDATE task_pauses SET resumed_at = $2, resumed_by = $3 WHERE kind = $1 AND resumed_at IS NULL",
            [.text(kind.rawValue), .instant(instant), .text(actor)]) == 1
    }

    package func pausesInForce() throws -> [TaskPause] {
        try pauses("SELECT * FROM task_pauses WHERE resumed_at IS NULL ORDER BY kind", [])
    }

    /// Every pause of a kind, oldest first.
    package func pauses(of kind: TaskKind) throws -> [TaskPause] {
        try pauses("SELECT * FROM task_pauses WHERE kind = $1 ORDER BY pause_id", [.text(kind.rawValue)])
    }

    /// Those of the kinds that are not paused.
    func unpaused(_ kinds: [TaskKind]) throws -> [TaskKind] {
        let paused = try connection.query("SELECT kind FROM task_pauses WHERE resumed_at IS NULL").map {
            try $0.text("kind")
        }
        return kinds.filter { !paused.contains($0.rawValue) }
    }

    private func pauses(_ sql: String, _ parameters: [SQLValue]) throws -> [TaskPause] {
        try connection.query(sql, parameters).map { row in
            TaskPause(
                kind: try row.word("kind"), pausedAt: try row.instant("paused_at"),
                pausedBy: try row.text("paused_by"), reason: try row.text("reason"),
                resumedAt: try row.optionalInstant("resumed_at"),
                resumedBy: try row.optionalText("resumed_by"))
        }
    }
}
