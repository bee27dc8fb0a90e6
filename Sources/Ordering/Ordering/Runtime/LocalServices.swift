package import OrderingCore
package import QueueKit
import Synchronization

/// All services in this process, each with its own store; requests between them are calls of functions.
///
/// It acts only when it is asked to, so that tests and the explorer decide what happens next.
package final class LocalServices: ServiceTransport {
    /// What travels between two services.
    package struct Arrows: Hashable, Sendable {
        package var requests = 0
        package var publishes = 0
        package var deliveries = 0

        package init(requests: Int = 0, publishes: Int = 0, deliveries: Int = 0) {
            self.requests = requests
            self.publishes = publishes
            self.deliveries = deliveries
        }
    }

    private struct State {
        var nodes: [ServiceName: ServiceNode] = [:]
        var arrows = Arrows()
        var down: Set<ServiceName> = []
    }

    private let state = Mutex(State())

    package init() {}

    package func add(_ node: ServiceNode) { state.withLock { $0.nodes[node.name] = node } }

    package var arrows: Arrows { state.withLock { $0.arrows } }

    package func count(_ change: (inout Arrows) -> Void) { state.withLock { change(&$0.arrows) } }

    /// Whether a service answers requests.
    package func set(_ service: ServiceName, isDown: Bool) {
        state.withLock { state in
            if isDown { state.down.insert(service) } else { state.down.remove(service) }
        }
    }

    package func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
        let name = request.endpoint.service
        let node = try state.withLock { state in
            guard let node = state.nodes[name], !state.down.contains(name) else { throw ServiceUnreachable(name) }
            state.arrows.requests += 1
            return node
        }
        // A chain of requests is as deep as the services are many; each round makes at least one of them.
        for _ in 0..<Self.maximumRounds {
            if let answer = try await node.answer(request) { return answer }
            guard try await node.runDue([.call]) > 0 else { break }
        }
        return ServiceAnswer(504, code: "no_outcome")
    }

    private static let maximumRounds = 100
}

extension ServiceNode {
    /// Runs tasks of some kinds that are due, one after another.
    /// - Returns: how many were finished.
    package func runDue(_ kinds: [TaskKind], limit: Int = 100) async throws -> Int {
        let worker = Worker(queue, processes: Processes(own: name.rawValue) { _ in true })
        var done = 0
        for _ in 0..<limit {
            let attempts = try await worker.runDue(kinds: kinds)
            guard !attempts.isEmpty else { break }
            done += attempts.count { $0.ending == .done }
        }
        return done
    }
}
