import SQLKit
package import WorldKit

extension TaskRepository {
    /// Removes done tasks that ended before `instant`, with the polls in their history; of each kind the oldest first,
    /// at most `limit` in all. A task that ever failed, or was ever requeued or canceled, is kept permanently.
    /// - Returns: how many were removed.
    package func removeDone(before instant: Instant, limit: Int) throws -> Int {
        guard try connection.takesOver("tasks.retention") else { return 0 }
        try connection.removeGuards(before: instant, limit: limit)
        var ids: [Int64] = []
        for kind in try kinds() where ids.count < limit {
            ids += try connection.query(
                """
                SELECT task_id FROM tasks WHERE state = 'done' AND kind = $1 AND is_kept = 0 AND updated_at < $2
                ORDER BY updated_at LIMIT $3\(connection.dialect.skipLocked)
                """, [.text(kind.rawValue), .instant(instant), .integer(limit - ids.count)]
            ).map { try $0.integer("task_id") }
        }
        let parameters = ids.sorted().map { [SQLValue.integer($0)] }
        try connection.executeEach("DELETE FROM task_attempts WHERE task_id = $1", parameters)
        try connection.executeEach("DELETE FROM tasks WHERE task_id = $1", parameters)
        return ids.count
    }
}
