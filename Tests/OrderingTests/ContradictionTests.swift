import MessagingKit
import OrderingCore
import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// Messages that contradict what is known: they change nothing, and wait for an operator with their reason.
@Suite(.everyEngine) struct ContradictionTests {
    private static func payment(_ userID: String, _ amount: String, order: String = "o-1") throws -> FieldSet {
        FieldSet().with(.paymentID, "\(order):1").with(.orderID, order).with(.userID, userID)
            .with(.amount, try Money(decimal: amount))
    }

    private static func stuck(_ shop: Shop, at service: ServiceName) async throws -> [QueuedTask] {
        try await shop.system.node(service).queue.list(TaskFilter()).filter { $0.state == .stuck }
    }

    @Test(arguments: [StyleName.collaboration, .hybrid])
    func `another content under the id of a message is kept apart, and changes nothing`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let node = shop.system.node(.billing)
        func stage(_ amount: String) async throws {
            let fields = try Self.payment(userID, amount)
            try await node.stage([try DeliveryTests.message(.createPayment, fields, style, at: shop.now, id: "m")])
        }
        try await stage("1")
        // Before the first has taken effect, afterwards, and once more.
        try await stage("5")
        try await shop.system.settle()
        try await stage("5")
        try await stage("6")
        try await stage("1")
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "9.00")
        let stuck = try await Self.stuck(shop, at: .billing)
        #expect(stuck.map(\.errorClass) == ["message_refused", "message_refused"])
        #expect(
            stuck.allSatisfy {
                $0.errorMessage == "another message with this id and other content was received before"
            })
        #expect(Set(stuck.map { $0.payload["body"]?.contains("500") }) == [true, false], "their contents are kept")
        // Requeued, it contradicts still; the refused one holds up no other of its key.
        let request = RequeueRequest(batch: "b", actor: "anna", reason: "again")
        _ = try await node.store.write { [now = shop.now] in
            try $0.requeue(stuck.map { ($0, now) }, request: request, at: now)
        }
        let next = try Self.payment(userID, "2", order: "o-2")
        try await node.stage([try DeliveryTests.message(.createPayment, next, style, at: shop.now, id: "next")])
        try await shop.system.settle()
        #expect(try await Self.stuck(shop, at: .billing).count == 2)
        #expect(try await shop.balance(userID) == "7.00")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var style: StyleName
        var service: ServiceName
        var type: MessageType
        /// The errors's code.
        var code: String
        /// What is sent: the first is right, the second contradicts it, the third is right and follows.
        var fields: @Sendable (_ userID: String, _ basketID: String) throws -> [FieldSet]

        var testDescription: String { name }
    }

    private static func order(_ id: String, _ userID: String, _ price: String, basket: String? = nil) throws -> FieldSet
    {
        let fields = FieldSet().with(.orderID, id).with(.userID, userID).with(.price, try Money(decimal: price))
        return basket.map { fields.with(.basketID, $0) } ?? fields
    }

    static let cases = [
        Case(
            name: "another amount of a payment", style: .hybrid, service: .billing, type: .createPayment,
            code: "request_exists"
        ) { userID, _ in
            [try payment(userID, "1"), try payment(userID, "5"), try payment(userID, "2", order: "o-2")]
        },
        Case(
            name: "another user of a payment", style: .collaboration, service: .billing, type: .createPayment,
            code: "request_exists"
        ) { userID, _ in
            [try payment(userID, "1"), try payment("somebody", "1"), try payment(userID, "2", order: "o-2")]
        },
        Case(
            name: "another price of an order", style: .collaboration, service: .order, type: .createOrder,
            code: "order_exists"
        ) { userID, _ in
            [try order("o-1", userID, "1"), try order("o-1", userID, "5"), try order("o-2", userID, "2")]
        },
        Case(
            name: "another sum of a basket", style: .collaboration, service: .order, type: .createOrder,
            code: "other_sum"
        ) { userID, basketID in
            [
                try order("\(basketID)-1", userID, "1", basket: basketID),
                try order("\(basketID)-2", userID, "5", basket: basketID), try order("o-2", userID, "2"),
            ]
        },
        Case(
            name: "an attempt of a basket that is not its next", style: .events, service: .order, type: .createOrder,
            code: "order_exists"
        ) { userID, basketID in
            [
                try order("o-1", userID, "1"), try order("\(basketID)-7", userID, "5", basket: basketID),
                try order("o-2", userID, "2"),
            ]
        },
    ]

    @Test(arguments: cases)
    func `a contradiction gets stuck with its reason, and a skip lets the followers of its key pass`(
        _ test: Case
    ) async throws {
        let shop = try await Shop(test.style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        let node = shop.system.node(test.service)
        let messages = try test.fields(userID, basketID).enumerated().map { number, fields in
            try DeliveryTests.message(test.type, fields, test.style, at: shop.now, id: "m-\(number)")
        }
        try await node.stage(messages)
        try await shop.system.settle()
        let rest = try await node.queue.list(TaskFilter()).filter { $0.key.hasPrefix("m-") }
        let states = Dictionary(rest.map { ($0.key, $0.state) }) { $1 }
        #expect(states == ["m-0": .done, "m-1": .stuck, "m-2": .waiting])
        let stuck = try #require(rest.first { $0.state == .stuck })
        #expect(stuck.errorClass == test.code && stuck.errorMessage == "the state forbids it: \(test.code)")
        #expect(stuck.attempts == 1, "trying again cannot help")
        let before = try await shop.balance(userID)
        // As 'message skip' does.
        let request = RequeueRequest(batch: "b", actor: "anna", reason: "it contradicts")
        let changed = try await node.store.write { [now = shop.now] in
            try $0.cancel([stuck], request: request, at: now)
        }
        #expect(changed.count == 1)
        try await shop.system.settle()
        let states2 = try await node.queue.list(TaskFilter()).filter { $0.key == "m-2" }.map(\.state)
        #expect(states2 == [.done])
        #expect(try await shop.balance(userID) != before, "the follower has taken effect")
    }
}
