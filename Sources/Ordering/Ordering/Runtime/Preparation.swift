import MessagingKit
import WorldKit

/// Makes what a broker lacks of the topology: at the start, and again when something has vanished.
actor Preparation {
    private let broker: any Broker
    private let topology: Topology
    private let world: World
    private let report: @Sendable (OrderingRuntime.Event) async -> Void
    private var last: Instant?

    /// At most once within this time: all receivers and relays miss a queue at once.
    private static let pauseSeconds = 1.0

    init(
        _ broker: any Broker, _ topology: Topology, _ world: World,
        _ report: @escaping @Sendable (OrderingRuntime.Event) async -> Void
    ) {
        self.broker = broker
        self.topology = topology
        self.world = world
        self.report = report
    }

    /// - Throws: ``MessagingKit/BrokerError``.
    func first() async throws {
        last = world.now()
        let differences = try await broker.apply(topology)
        guard differences.isEmpty else {
            throw BrokerError(.mismatch, differences.map(\.words).joined(separator: "; "))
        }
        await report(.topologyApplied([]))
    }

    func again() async {
        let now = world.now()
        if let last, now.seconds(since: last) < Self.pauseSeconds { return }
        last = now
        do {
            await report(.topologyApplied(try await broker.apply(topology)))
        } catch {
            await report(.brokerFailed(error))
        }
    }
}

extension TopologyDifference {
    /// For people: `queue ordering.billing does not exist`.
    package var words: String {
        switch kind {
        case .missingExchange: "exchange \(name) does not exist"
        case .missingQueue: "queue \(name) does not exist"
        case .missingBinding: "queue \(name) is not bound to \(detail ?? "")"
        case .otherProperties: "\(name) exists with other properties\(detail.map { ": \($0)" } ?? "")"
        }
    }
}
