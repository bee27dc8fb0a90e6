import MessagingKit
import OrderingCore
import SQLKit
import TestSupport
import Testing

@testable import Ordering

/// One after another, as some kill the broker that they share.
@Suite(.serialized) struct RuntimeTests {
    struct Setting: Sendable, CustomTestStringConvertible {
        var style: StyleName
        var broker: RunningShop.BrokerKind

        var testDescription: String { "\(style.rawValue) on \(broker.rawValue)" }
    }

    static let settings = StyleName.allCases.flatMap { style in
        RunningShop.BrokerKind.allCases.map { Setting(style: style, broker: $0) }
    }

    @Test(arguments: settings) func `twelve orders at once of three users leave all invariants in place`(
        _ setting: Setting
    ) async throws {
        let shop = try await RunningShop(setting.style, setting.broker)
        try await shop.running { gateway in
            var users: [String] = []
            // Money for two, three and all four of their orders.
            for (index, balance) in ["25", "30", "100"].enumerated() {
                users.append(try await shop.customer("user\(index)@example.com", balance))
            }
            return try await withThrowingTaskGroup(of: OrderingSnapshot.ClientAnswer.self) { group in
                for (place, userID) in users.enumerated() {
                    for number in 0..<4 {
                        group.addTask {
                            let key = "k-\(place)-\(number)"
                            let answer = try await gateway.buy("10", userID: userID, key: key)
                            #expect([200, 202, 422].contains(answer.status))
                            return answer.asClientAnswer(userID: userID, key: key)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        let snapshot = try await OrderingSnapshot.reopened(shop)
        #expect(snapshot.orders.count == 12)
        #expect(snapshot.orders.count { $0.status == .succeeded } == 2 + 3 + 4)
    }

    @Test(arguments: settings, [true, false]) func `an order takes the arrows of its style over a real broker`(
        _ setting: Setting, isSuccess: Bool
    ) async throws {
        let branch = try #require(
            StyleTests.branches.first { $0.style == setting.style && $0.isSuccess == isSuccess })
        let shop = try await RunningShop(setting.style, setting.broker)
        try await shop.running { gateway in
            let userID = try await shop.customer("pavel@example.com", isSuccess ? "10" : "9.99")
            let answer = try await gateway.buy("10", userID: userID)
            #expect(answer.status == branch.status)
            try await shop.comeToRest()
            let requests = try await shop.stores.databases[.gateway]?.read {
                try $0.query("SELECT id FROM requests WHERE kind = 'order'").map { try $0.text("id") }
            }
            let correlationID = try #require(requests?.first)
            #expect(shop.runtime.traffic.arrows(of: correlationID) == branch.arrows)
            return [answer.asClientAnswer(userID: userID)]
        }
    }
}

extension OrderingSnapshot {
    /// What the stores of a shop hold that has ended.
    static func reopened(_ shop: RunningShop) async throws -> OrderingSnapshot {
        let stores = try await OrderingStores.open(at: shop.stores.place, style: nil)
        let snapshot = try await OrderingSnapshot(of: stores.databases, style: stores.style.name)
        await stores.close()
        return snapshot
    }
}
