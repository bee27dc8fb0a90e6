package import QRPayDomain
import SQLKit

extension TaskRepository {
    /// Removes done tasks that ended before `instant`, with the polls in their history; the oldest first, at most
    /// `limit`. One that ever failed, or that somebody intervened in, is kept for good.
    /// - Returns: how many were removed.
    package func removeDone(before instant: Instant, limit: Int) throws -> Int {
        let ids = try connection.query(
            """
            SELECT task_id FROM tasks WHERE state = 'done' AND is_kept = 0 AND updated_at < $1
            ORDER BY updated_at LIMIT $2
            """, [.instant(instant), .integer(limit)]
        ).map { try $0.integer("task_id") }
        for id in ids {
            try connection.execute("DELETE FROM task_attempts WHERE task_id = $1", [.integer(id)])
            try connection.execute("DELETE FROM tasks WHERE task_id = $1", [.integer(id)])
        }
        return ids.count
    }
}
