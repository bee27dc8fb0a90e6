import MessagingKit
import OrderingCore
import TestSupport
import Testing

@testable import Ordering

/// Styles under load on a RabbitMQ; the embedded broker is in the tests of the command.
@Suite(.serialized) struct ComparisonTests {
    static let faults: [PlannedFault?] = [
        nil, PlannedFault(.broker, seconds: 0.2, start: 0.02),
        PlannedFault(.service(.order), seconds: 0.1, start: 0.02),
    ]

    @Test(arguments: StyleName.allCases, faults) func `every order ends on a RabbitMQ, with nothing left behind`(
        _ style: StyleName, _ fault: PlannedFault?
    ) async throws {
        let options = try await RunningShop.rabbitMQ()
        let directory = try TemporaryDirectory()
        let plan = ArrivalPlan(users: 3, orders: 12, rate: 200, seed: 1)
        let comparison = StyleComparison(plan, RunningShop.world, RunningShop.processes, Shop.keys, fault: fault)
        let measured = try await comparison.measure(style, folder: directory.file("stores")) {
            PrefixedBroker(RabbitMQBroker(options), prefix: "own.")
        }
        #expect(measured.isSettled && measured.ended == 12)
        #expect(measured.violations == [])
        if fault == nil {
            let diagram = try #require(SequenceDiagram.published(style, .order))
            let drawn = ArrowCounts(diagram.steps(.succeeded).map(\.arrow))
            #expect(measured.arrows.publishes == 12 * drawn.publishes)
            #expect(measured.arrows.deliveries == 12 * drawn.deliveries)
            #expect(measured.arrows.requests >= 12 * drawn.requests)
        }
        // The plain names are another installation's.
        let broker = RabbitMQBroker(options)
        let topology = Style(style).topology
        if !topology.queues.isEmpty {
            #expect(try await broker.differences(from: topology).count == 1 + topology.queues.count)
            try await broker.remove(PrefixedBroker.topology(topology, prefix: "own."))
            let left = try await broker.differences(from: PrefixedBroker.topology(topology, prefix: "own."))
            #expect(left.count == 1 + topology.queues.count)
        }
        await broker.close()
    }
}
