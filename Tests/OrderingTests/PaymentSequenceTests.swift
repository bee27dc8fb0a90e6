import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// In styles with messages, payments of one account are decided in the order in which the order service requested them.
@Suite(.everyEngine) struct PaymentSequenceTests {
    @Test(arguments: DeliveryTests.brokered) func `the first of two orders is charged first, whatever delays it`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        // Two payments wait for billing, in order; the balance covers one.
        let type: MessageType = style == .events ? .paymentRequired : .createPayment
        try await shop.hold(type)
        var orders: [String] = []
        for key in ["a", "b"] {
            orders.append(try #require(try await shop.gateway.buy("10", userID: userID, key: key).fields[.orderID]))
        }
        try await shop.system.settle()
        try await shop.release(type)
        let messages = try await shop.rows(
            "SELECT * FROM outbox WHERE type = '\(type.rawValue)' ORDER BY position", at: .order
        ).map { try $0.sentMessage(by: .order).message }
        #expect(messages.count == 2)
        let billing = shop.system.node(.billing)
        try await billing.stage(messages)
        _ = try await billing.runDue([.message])
        // In the style where billing asks back, the answer about the first payment arrives late.
        try await shop.execute(
            """
            UPDATE tasks SET due_at = due_at + 5000000 WHERE kind = 'ordering.call' AND state = 'ready'
                AND task_id = (SELECT MIN(task_id) FROM tasks WHERE kind = 'ordering.call' AND state = 'ready')
            """, at: .billing)
        try await shop.system.settle()
        let early = try await shop.rows("SELECT order_id FROM payments", at: .billing)
        #expect(early.count == (style == .events ? 0 : 2))
        shop.clock.advance(bySeconds: 10)
        try await shop.system.settle()
        let statuses = try await shop.gateway.orders(userID: userID).rows.map {
            [$0[.orderID] ?? "", $0[.status]?.rawValue ?? ""]
        }
        #expect(Set(statuses) == [[orders[0], "succeeded"], [orders[1], "failed"]])
        try await shop.expectSound()
    }

    @Test func `a skipped question lets the payments behind it pass`() async throws {
        let shop = try await Shop(.events)
        let userID = try await shop.customer("pavel@example.com", "10")
        let billing = shop.system.node(.billing)
        shop.system.services.set(.order, isDown: true)
        try await billing.stage(
            try ["o-1", "o-2"].map { id in
                let fields = FieldSet().with(.userID, userID).with(.orderID, id)
                var message = try DeliveryTests.message(.paymentRequired, fields, .events, at: shop.now, id: "m-\(id)")
                message.key = userID
                return message
            })
        _ = try await billing.runDue([.message, .call])
        let calls = try await billing.queue.list(TaskFilter()).filter { $0.kind == .call }
            .sorted { $0.taskID < $1.taskID }
        #expect(calls.map(\.state) == [.scheduled, .waiting])
        let request = RequeueRequest(batch: "b", actor: "anna", reason: "unknown order")
        try await billing.store.write { _ = try $0.cancel([calls[0]], request: request, at: shop.now) }
        let rest = try await billing.queue.list(TaskFilter()).filter { $0.kind == .call && $0.state != .canceled }
        #expect(rest.map(\.state) == [.ready])
    }
}
