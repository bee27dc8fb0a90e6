import MessagingKit
import OrderingCore
import TestSupport
import Testing

@testable import Ordering

@Suite(.everyEngine) struct StyleTests {
    struct Branch: Sendable, CustomTestStringConvertible {
        var style: StyleName
        var isSuccess: Bool
        var arrows: LocalServices.Arrows
        /// What the client is answered.
        var status: Int

        var testDescription: String { "\(style.rawValue), \(isSuccess ? "success" : "not enough money")" }
    }

    static let branches: [Branch] = [
        (StyleName.http, LocalServices.Arrows(requests: 4)),
        (.events, LocalServices.Arrows(requests: 3, publishes: 4, deliveries: 5)),
        (.collaboration, LocalServices.Arrows(publishes: 4, deliveries: 5)),
        (.hybrid, LocalServices.Arrows(requests: 1, publishes: 3, deliveries: 4)),
    ].flatMap { style, arrows in
        [true, false].map { isSuccess in
            Branch(
                style: style, isSuccess: isSuccess, arrows: arrows,
                status: style == .hybrid ? 202 : isSuccess ? 200 : 422)
        }
    }

    @Test(arguments: branches) func `an order takes the arrows of its style and ends as it should`(
        _ branch: Branch
    ) async throws {
        let shop = try await Shop(branch.style)
        let userID = try await shop.customer("pavel@example.com", branch.isSuccess ? "10" : "9.99")
        let before = shop.system.services.arrows
        let answer = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        let after = shop.system.services.arrows
        #expect(after.requests - before.requests == branch.arrows.requests)
        #expect(after.publishes - before.publishes == branch.arrows.publishes)
        #expect(after.deliveries - before.deliveries == branch.arrows.deliveries)

        #expect(answer.status == branch.status)
        let orderID = try #require(answer.fields[.orderID])
        let order = try await shop.gateway.order(orderID, userID: userID)
        #expect(order.fields[.status] == (branch.isSuccess ? .succeeded : .failed))
        #expect(order.fields[.reason] == (branch.isSuccess ? nil : .notEnoughMoney))
        #expect(try await shop.balance(userID) == (branch.isSuccess ? "0.00" : "9.99"))
        let told = try await shop.gateway.notifications(userID: userID).rows
        let outcome = branch.isSuccess ? "is paid" : "failed: not enough money"
        #expect(told.map { $0[.message] } == ["Pavel Ivanov, your order \(orderID) for 10.00 \(outcome)"])
        let events = try await shop.gateway.pushEvents(userID: userID).rows
        #expect(events.map { $0[.status] } == [branch.isSuccess ? .succeeded : .failed])
        try await shop.expectSound([answer.asClientAnswer(userID: userID)])
    }

    @Test(arguments: StyleName.allCases) func `what a style publishes is in its contract and has a subscriber`(
        _ name: StyleName
    ) {
        let style = Style(name)
        var published: Set<MessageType> = []
        for case .publish(let type) in style.arrows.values {
            published.insert(type)
            #expect(Contract.entry(type, in: name) != nil, "\(type.rawValue)")
        }
        let subscribed = Set(style.subscriptions.values.flatMap(\.keys))
        #expect(published == subscribed)
        #expect(published == Set(MessageType.allCases.filter { Contract.entry($0, in: name) != nil }))
        for arrow in style.arrows.values {
            if case .call(let endpoint, next: _) = arrow { #expect(!endpoint.statuses.isEmpty) }
        }
        let queues = style.topology.queues
        #expect(queues.map(\.name).allSatisfy { $0.hasPrefix("ordering.") })
        #expect(queues.allSatisfy { !$0.types.isEmpty })
    }

    @Test(arguments: StyleName.allCases) func `registration makes the account and what else the style keeps`(
        _ name: StyleName
    ) async throws {
        let shop = try await Shop(name)
        let userID = try await shop.customer()
        #expect(try await shop.balance(userID) == "0.00")
        #expect(try await shop.gateway.profile(userID: userID).fields[.email] == "pavel@example.com")
        let copies = try await shop.rows("SELECT * FROM profiles", at: .notification).count
        #expect(copies == (name == .collaboration || name == .hybrid ? 1 : 0))
    }
}
