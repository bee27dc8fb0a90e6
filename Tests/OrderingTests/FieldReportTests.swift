import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// Failures that users of other messaging libraries have reported, on the services themselves. FieldReportTests of
/// MessagingKitTests lists all fifteen.
@Suite(.everyEngine) struct FieldReportTests {
    /// NServiceBus#4086.
    @Test(arguments: [StyleName.collaboration, .hybrid]) func `two copies at the same time take effect once`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let node = shop.system.node(.billing)
        let fields = FieldSet().with(.paymentID, "o-1:1").with(.orderID, "o-1").with(.userID, userID)
            .with(.amount, .leastPrice)
        let message = try DeliveryTests.message(.createPayment, fields, style, at: shop.now, id: "copy")
        // Two receivers take it from the broker at the same time.
        async let first: Void = node.stage([message])
        async let second: Void = node.stage([message])
        _ = try await (first, second)
        let tasks = try await node.queue.list(TaskFilter()).filter { $0.key == "copy" }
        #expect(tasks.count == 1)
        // And two workers run it at the same time: the lease of the first has expired unnoticed.
        let (task, handler) = (try #require(tasks.first), node.queue.registry.handlers[0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await handler.run(task) } }
            try await group.waitForAll()
        }
        #expect(try await shop.balance(userID) == "9.00")
        #expect(try await shop.rows("SELECT * FROM payments", at: .billing).count == 1)
        let sent = try await shop.rows("SELECT * FROM outbox WHERE type = 'Billing/PaymentCreated'", at: .billing)
        #expect(sent.count == 1)
    }

    /// RawRabbit#272.
    @Test(arguments: DeliveryTests.brokered) func `a request that outlives a restart is answered in the end`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        try await shop.hold(.paymentCreated)
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(first.status == 202, "the wait has an end")
        let restarted = LocalSystem(Style(style), shop.system.databases, shop.clock.world, Shop.keys)
        #expect(try await restarted.gateway.buy("10", userID: userID, key: "k") == first)
        try await shop.release(.paymentCreated)
        try await restarted.settle()
        let last = try await restarted.gateway.buy("10", userID: userID, key: "k")
        #expect(last.status == (style == .hybrid ? 202 : 200))
        #expect(last.fields[.orderID] == first.fields[.orderID] && first.fields[.orderID] != nil)
        #expect(try await restarted.gateway.orders(userID: userID).rows.map { $0[.status] } == [.succeeded])
        #expect(try await shop.balance(userID) == "0.00")
    }
}
