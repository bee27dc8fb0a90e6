import MessagingKit
package import OrderingCore
import QueueKit
package import SQLKit
package import WorldKit

/// The whole ordering system in this process, moved on step by step: messages go from the outboxes straight into the
/// inboxes of their subscribers.
package struct LocalSystem: Sendable {
    package let style: Style
    package let services: LocalServices
    package let gateway: Gateway
    package let databases: [ServiceName: any SQLDatabase]
    private var nodes: [ServiceNode] { services.nodes }

    /// - Parameter databases: one of each service, with its ``ServiceName/migrations``.
    package init(_ style: Style, _ databases: [ServiceName: any SQLDatabase], _ world: World, _ keys: PasswordKeys) {
        let services = LocalServices()
        for (name, database) in databases { services.add(ServiceNode(name, style, database, world, services)) }
        precondition(services.nodes.count == ServiceName.allCases.count, "a service has no database")
        self.style = style
        self.services = services
        self.databases = databases
        gateway = Gateway(services.nodes[0], services, keys) { try await Self.step(services.nodes, services) }
    }

    package func node(_ service: ServiceName) -> ServiceNode {
        services.nodes[ServiceName.allCases.firstIndex(of: service) ?? 0]
    }

    /// Moves everything that is due one step further.
    /// - Returns: whether anything was.
    package func step() async throws -> Bool { try await Self.step(nodes, services) }

    /// Moves everything on until nothing is due.
    package func settle() async throws { while try await step() {} }

    private static func step(_ nodes: [ServiceNode], _ services: LocalServices) async throws -> Bool {
        var hasMoved = false
        for node in nodes where try await deliver(from: node, to: nodes, services) { hasMoved = true }
        for node in nodes where try await node.runDue([.message, .call, .refused]) > 0 { hasMoved = true }
        return hasMoved
    }

    /// Delivers what a service has not sent, in order, and marks it once all subscribers have it.
    private static func deliver(
        from node: ServiceNode, to nodes: [ServiceNode], _ services: LocalServices
    ) async throws -> Bool {
        let unsent = try await node.store.read { tasks in
            try tasks.connection.query("SELECT * FROM outbox WHERE state = 'unsent' ORDER BY position")
                .map { try $0.sentMessage(by: node.name).message }
        }
        guard !unsent.isEmpty else { return false }
        services.traffic.count(\.publishes, unsent.map(\.correlationID))
        for receiver in nodes {
            let types = node.style.subscriptions[receiver.name] ?? [:]
            let wanted = unsent.filter { MessageType(rawValue: $0.type).map { types[$0] != nil } ?? false }
            try await receiver.stage(wanted)
            services.traffic.count(\.deliveries, wanted.map(\.correlationID))
        }
        let now = node.world.now()
        try await node.store.write { tasks in
            _ = try tasks.connection.executeEach(
                "UPDATE outbox SET state = 'sent', settled_at = $2 WHERE id = $1",
                unsent.map { [.text($0.id), .instant(now)] })
        }
        return true
    }

    /// What all stores hold now.
    /// - Parameter answers: what clients were answered to their orders.
    package func snapshot(answers: [OrderingSnapshot.ClientAnswer] = []) async throws -> OrderingSnapshot {
        var snapshot = try await OrderingSnapshot(of: databases, style: style.name)
        snapshot.answers = answers
        return snapshot
    }
}
