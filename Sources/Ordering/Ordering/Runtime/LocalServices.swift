package import OrderingCore
package import QueueKit
import Synchronization

/// Repeats an attempt without a result whenever a commit may have produced one.
/// - Parameters:
///   - node: the service that commits it.
///   - subjects: the subjects of commits that may produce a result: the request, and its order or user. A repeated
///     request has a different id from the request that does the work.
/// - Returns: nil when the wait has ended without a result.
package typealias Patience =
    @Sendable (
        _ node: ServiceNode, _ subjects: [String], _ attempt: @Sendable () async throws -> ServiceAnswer?
    ) async throws -> ServiceAnswer?

/// The services of this process. Requests between them are calls of functions; those to others go to `remote`.
package final class LocalServices: ServiceTransport {
    package typealias Arrows = Traffic.Arrows

    private struct State {
        var nodes: [ServiceName: ServiceNode] = [:]
        var down: Set<ServiceName> = []
    }

    package let traffic: Traffic
    private let remote: (any ServiceTransport)?
    private let patience: Patience
    private let state = Mutex(State())

    /// - Parameter patience: waits for what a service has to ask others before it can answer.
    package init(
        _ traffic: Traffic = Traffic(), remote: (any ServiceTransport)? = nil,
        patience: @escaping Patience = LocalServices.runningCalls
    ) {
        self.traffic = traffic
        self.remote = remote
        self.patience = patience
    }

    package func add(_ node: ServiceNode) { state.withLock { $0.nodes[node.name] = node } }

    /// In the order of ``ServiceName/allCases``.
    package var nodes: [ServiceNode] {
        let nodes = state.withLock { $0.nodes }
        return ServiceName.allCases.compactMap { nodes[$0] }
    }

    package func node(_ service: ServiceName) -> ServiceNode? { state.withLock { $0.nodes[service] } }

    package var arrows: Arrows { traffic.total }

    /// Whether a service answers requests.
    package func set(_ service: ServiceName, isDown: Bool) {
        state.withLock { state in
            if isDown { state.down.insert(service) } else { state.down.remove(service) }
        }
    }

    package func send(_ request: ServiceRequest, from service: ServiceName) async throws -> ServiceAnswer {
        let name = request.endpoint.service
        let (node, isDown) = state.withLock { ($0.nodes[name], $0.down.contains(name)) }
        guard !isDown, node != nil || remote != nil else { throw ServiceUnreachable(name) }
        traffic.count(\.requests, [request.correlationID])
        guard let node else { return try await remote?.send(request, from: service) ?? ServiceAnswer(503) }
        return try await answer(request, at: node)
    }

    /// Handles a request to a service of this process.
    /// - Throws: ``ServiceUnreachable`` when the service is not here.
    package func answer(_ request: ServiceRequest) async throws -> ServiceAnswer {
        guard let node = node(request.endpoint.service) else { throw ServiceUnreachable(request.endpoint.service) }
        return try await answer(request, at: node)
    }

    private func answer(_ request: ServiceRequest, at node: ServiceNode) async throws -> ServiceAnswer {
        let subjects = [request.correlationID, request.fields[.orderID] ?? request.fields[.userID]].compactMap(\.self)
        return try await patience(node, subjects) { try await node.answer(request) }
            ?? ServiceAnswer(504, code: "no_outcome")
    }

    /// Makes the requests that the service has staged, one round after another.
    package static let runningCalls: Patience = { node, _, attempt in
        // A chain of requests is at most as long as the number of services; each round makes at least one request.
        for _ in 0..<100 {
            if let answer = try await attempt() { return answer }
            guard try await node.runDue([.call]) > 0 else { break }
        }
        return nil
    }
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
