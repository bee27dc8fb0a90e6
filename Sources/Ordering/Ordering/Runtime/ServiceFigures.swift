package import OrderingCore
import QueueKit
import SQLKit

/// Counts of the unfinished work in a service's store.
package struct ServiceFigures: Hashable, Sendable {
    package var service: ServiceName
    /// Unfinished tasks by state.
    package var tasks: [String: Int]
    /// Messages that are not sent, by state.
    package var messages: [String: Int]
}

extension ServiceNode {
    /// Counts the unfinished work in the service's store.
    package func figures() async throws -> ServiceFigures {
        let (tasks, messages) = try await store.read { tasks in
            func counts(_ sql: String) throws -> [String: Int] {
                Dictionary(
                    try tasks.connection.query(sql).map { (try $0.text("state"), try $0.number("count")) },
                    uniquingKeysWith: { first, _ in first })
            }
            return (
                try counts(
                    """
                    SELECT state, COUNT(*) AS count FROM tasks
                    WHERE state IN ('scheduled', 'ready', 'running', 'stuck') GROUP BY state
                    """),
                try counts(
                    """
                    SELECT state, COUNT(*) AS count FROM outbox
                    WHERE state IN ('unsent', 'waiting', 'parked') GROUP BY state
                    """)
            )
        }
        return ServiceFigures(service: name, tasks: tasks, messages: messages)
    }
}
