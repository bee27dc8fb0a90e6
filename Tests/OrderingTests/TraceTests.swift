import OrderingCore
import TestSupport
import Testing

@testable import Ordering

@Suite struct TraceTests {
    @Test(arguments: StyleTests.branches) func `a traced order is as drawn, with the arrows of its style`(
        _ branch: StyleTests.Branch
    ) async throws {
        let shop = try await Shop(branch.style)
        let userID = try await shop.customer("pavel@example.com", branch.isSuccess ? "10" : "9.99")
        let orderID = try #require(try await shop.gateway.buy("10", userID: userID).fields[.orderID])
        try await shop.system.settle()
        let trace = try #require(try await shop.trace(orderID))
        #expect(trace.run.style == branch.style)
        #expect(trace.run.request == .order)
        #expect(trace.userID == userID)
        let counts = trace.run.counts
        #expect(counts.requests == branch.arrows.requests)
        #expect(counts.publishes == branch.arrows.publishes)
        #expect(counts.deliveries == branch.arrows.deliveries)
        #expect(trace.run.outcome == (branch.isSuccess ? .succeeded : .failed(.notEnoughMoney)))
        let drawn = try #require(SequenceDiagram.published(branch.style, .order))
        let comparison = DiagramComparison(trace.run, with: drawn)
        #expect(comparison.difference == nil)
        // The same order is not as any other style is drawn, nor as the other outcome is.
        for other in StyleName.allCases where other != branch.style {
            let drawn = try #require(SequenceDiagram.published(other, .order))
            #expect(!DiagramComparison(trace.run, with: drawn).isAsDrawn, "\(other.rawValue)")
        }
        var opposite = trace.run
        opposite.outcome = branch.isSuccess ? .failed(.notEnoughMoney) : .succeeded
        #expect(!DiagramComparison(opposite, with: drawn).isAsDrawn)
    }

    @Test(arguments: StyleName.allCases) func `a traced registration is as drawn`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer()
        let trace = try #require(try await shop.trace(userID))
        #expect(trace.run.style == style)
        #expect(trace.run.request == .registration)
        let drawn = try #require(SequenceDiagram.published(style, .registration))
        #expect(DiagramComparison(trace.run, with: drawn).difference == nil)
        #expect(trace.run.counts == ArrowCounts(drawn.steps(.succeeded).map(\.arrow)))
    }

    @Test(arguments: StyleName.allCases) func `every missing and every additional arrow is found`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let orderID = try #require(try await shop.gateway.buy("10", userID: userID).fields[.orderID])
        try await shop.system.settle()
        let run = try #require(try await shop.trace(orderID)).run
        let drawn = try #require(SequenceDiagram.published(style, .order))
        for place in run.steps.indices where !run.steps[place].arrow.isOwnWork {
            let arrow = run.steps[place].arrow
            let missing = DiagramComparison(run.without(place), with: drawn)
            #expect(missing.difference?.drawn == arrow, "without \(arrow.label)")
            var twice = run
            twice.steps.append(run.steps[place])
            #expect(DiagramComparison(twice, with: drawn).difference?.run == arrow, "\(arrow.label) twice")
        }
    }

    @Test func `a part of a run is traced while the rest has not happened`() async throws {
        let shop = try await Shop(.hybrid)
        let userID = try await shop.customer("pavel@example.com", "10")
        try await shop.hold(.paymentCreated)
        let answer = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        let trace = try #require(try await shop.trace(try answer.fields.required(.orderID)))
        #expect(trace.run.outcome == nil)
        let published = try #require(trace.run.steps.first { $0.arrow.kind == .publish(.paymentCreated) })
        #expect(published.trouble == "held")
        let drawn = try #require(SequenceDiagram.published(.hybrid, .order))
        #expect(DiagramComparison(trace.run, with: drawn).difference?.drawn?.kind == .consume(.paymentCreated))
    }

    @Test func `the question about a basket is traced as what came before the order`() async throws {
        let shop = try await Shop(.hybrid)
        let userID = try await shop.customer("pavel@example.com", "10")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        let answer = try await shop.gateway.buy("10", userID: userID, basketID: basketID)
        try await shop.system.settle()
        let run = try #require(try await shop.trace(try answer.fields.required(.orderID))).run
        #expect(
            run.steps.filter(\.isPrelude).map(\.arrow.kind) == [
                .request(.showBasket), .answer(.showBasket, status: 200),
            ])
        #expect(run.counts == ArrowCounts(requests: 1, publishes: 3, deliveries: 4))
        let drawn = try #require(SequenceDiagram.published(.hybrid, .order))
        #expect(DiagramComparison(run, with: drawn).isAsDrawn)
    }

    @Test(arguments: StyleName.allCases) func `causes come first, and times never go back`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let orderID = try #require(try await shop.gateway.buy("10", userID: userID).fields[.orderID])
        try await shop.system.settle()
        let steps = try #require(try await shop.trace(orderID)).run.steps
        for (place, step) in steps.enumerated() {
            #expect(step.cause.map { $0 < place } ?? (place == 0))
        }
        let times = steps.compactMap(\.at)
        #expect(times.count == steps.count)
        #expect(times == times.sorted())
    }

    @Test func `an unknown order has no trace`() async throws {
        let shop = try await Shop(.http)
        #expect(try await shop.trace("unknown") == nil)
    }
}

extension Shop {
    func trace(_ id: String) async throws -> OrderTrace? {
        try await OrderTrace.read(id, from: system.databases, style: system.style.name)
    }
}

extension SequenceRun {
    /// Without a step and all that follows from it.
    fileprivate func without(_ place: Int) -> SequenceRun {
        var run = self
        var gone: Set<Int> = [place]
        for (place, step) in steps.enumerated() where step.cause.map(gone.contains) ?? false { gone.insert(place) }
        let kept = steps.indices.filter { !gone.contains($0) }
        let places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        run.steps = kept.map { place in
            var step = steps[place]
            step.cause = step.cause.flatMap { places[$0] }
            return step
        }
        return run
    }
}
