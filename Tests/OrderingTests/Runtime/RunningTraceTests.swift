import OrderingCore
import TestSupport
import Testing

@testable import Ordering

/// Runs over real brokers, held against the published diagrams.
@Suite(.serialized) struct RunningTraceTests {
    @Test(arguments: RuntimeTests.settings, [true, false])
    func `a registration and an order over a real broker are as drawn`(
        _ setting: RuntimeTests.Setting, _ isPaid: Bool
    ) async throws {
        let shop = try await RunningShop(setting.style, setting.broker)
        try await shop.running { gateway in
            let userID = try await shop.customer("pavel@example.com", isPaid ? "10" : "9.99")
            let answer = try await gateway.buy("10", userID: userID, key: "k")
            try await shop.comeToRest()
            let orderID = try #require(answer.fields[.orderID])
            for (id, request) in [(orderID, ClientRequest.order), (userID, .registration)] {
                let trace = try #require(
                    try await OrderTrace.read(id, from: shop.stores.databases, style: setting.style))
                #expect(trace.run.style == setting.style && trace.run.request == request)
                let diagram = try #require(SequenceDiagram.published(setting.style, request))
                #expect(DiagramComparison(trace.run, with: diagram).difference == nil)
                let times = trace.run.steps.compactMap(\.at)
                #expect(times == times.sorted() && times.count == trace.run.steps.count)
            }
            return [answer.asClientAnswer(userID: userID, key: "k")]
        }
    }
}
