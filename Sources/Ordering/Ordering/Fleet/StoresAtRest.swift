package import MessagingKit
import SQLKit
package import WorldKit

extension OrderingStores {
    /// Waits until nothing is left to do: no task but stuck ones, nothing to send, nothing on its way.
    /// - Returns: false when that takes longer than `seconds`.
    @discardableResult
    package func rest(_ broker: any Broker, _ world: World, seconds: Double) async throws -> Bool {
        let deadline = world.now().advanced(bySeconds: seconds)
        var rests = 0
        // A delivery is seen neither at a broker on a network nor in an inbox for a moment.
        while rests < 3 {
            guard world.now() < deadline else { return false }
            rests = try await isAtRest(broker) ? rests + 1 : 0
            try await world.sleep(0.02)
        }
        return true
    }

    private func isAtRest(_ broker: any Broker) async throws -> Bool {
        let queues = style.topology.queues.map(\.name)
        if !queues.isEmpty {
            guard let depths = try? await broker.depths(of: queues), depths.values.allSatisfy({ $0 == 0 }) else {
                return false
            }
        }
        for database in databases.values {
            let isBusy = try await database.read { connection in
                try !connection.query(
                    """
                    SELECT 1 AS found FROM tasks WHERE state NOT IN ('done', 'canceled', 'stuck')
                    UNION ALL SELECT 1 FROM outbox WHERE state IN ('unsent', 'waiting') LIMIT 1
                    """
                ).isEmpty
            }
            if isBusy { return false }
        }
        return true
    }
}
