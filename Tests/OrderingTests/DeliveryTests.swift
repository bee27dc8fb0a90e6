import MessagingKit
import OrderingCore
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// What can go wrong between services, one scenario each.
@Suite(.everyEngine) struct DeliveryTests {
    static let brokered: [StyleName] = [.events, .collaboration, .hybrid]

    /// A customer with an order that succeeded and one that failed.
    private func shop(_ style: StyleName) async throws -> (shop: Shop, userID: String) {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "15")
        _ = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        _ = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "5.00")
        return (shop, userID)
    }

    @Test(arguments: StyleName.allCases) func `a crash between effect and acknowledgement has no second effect`(
        _ style: StyleName
    ) async throws {
        let (shop, _) = try await shop(style)
        let before = try await shop.effects()
        // The queue has lost what it knew of all the work that is done.
        for service in ServiceName.allCases {
            try await shop.execute(
                "UPDATE tasks SET state = 'ready', leased_by = NULL, due_at = created_at", at: service)
        }
        try await shop.system.settle()
        #expect(try await shop.effects() == before)
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `messages that arrive again after the queue forgot them change nothing`(
        _ style: StyleName
    ) async throws {
        let (shop, _) = try await shop(style)
        let before = try await shop.effects()
        for service in ServiceName.allCases {
            try await shop.execute("DELETE FROM tasks", at: service)
            try await shop.execute("UPDATE outbox SET state = 'unsent'", at: service)
        }
        try await shop.system.settle()
        #expect(try await shop.effects() == before)
        try await shop.expectSound()
    }

    @Test(arguments: brokered) func `a message delivered ten times takes effect once`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        let types: [MessageType] = [.paymentRequired, .createPayment, .paymentCreated]
        _ = try await shop.gateway.buy("10", userID: userID, key: "k")
        for _ in 0..<10 {
            for type in types {
                try await shop.execute(
                    "UPDATE outbox SET state = 'unsent' WHERE type = '\(type.rawValue)'", at: type.sender)
            }
            _ = try await shop.system.step()
        }
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "90.00")
        try await shop.expectSound()
    }

    // MARK: Events before what they are about

    @Test(arguments: brokered) func `a payment waits for an account that is not there yet`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        try await shop.hold(.userCreated)
        _ = try await shop.gateway.register(.init(email: "pavel@example.com", password: Shop.password))
        let keys = try await shop.rows("SELECT subject FROM requests", at: .gateway)
        let userID = try keys[0].text("subject")
        let answer = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(answer.status == 202)
        try await shop.system.settle()
        let waiting = try await shop.rows(
            "SELECT error_message, polls FROM tasks WHERE state = 'ready'", at: .billing)
        #expect(try waiting.map { try $0.text("error_message") } == ["account_missing"])

        try await shop.release(.userCreated)
        try await shop.system.settle()
        // Registered meanwhile, and without money.
        shop.clock.advance(bySeconds: 10)
        try await shop.system.settle()
        let orderID = try #require(answer.fields[.orderID])
        #expect(try await shop.gateway.order(orderID, userID: userID).fields[.reason] == .notEnoughMoney)
        try await shop.expectSound()
    }

    @Test(arguments: brokered) func `an order whose account never appears fails after ten minutes`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        try await shop.hold(.userCreated)
        _ = try await shop.gateway.register(.init(email: "pavel@example.com", password: Shop.password))
        let userID = try await shop.rows("SELECT subject FROM requests", at: .gateway)[0].text("subject")
        let orderID = try #require(try await shop.gateway.buy("10", userID: userID, key: "k").fields[.orderID])
        var seconds = 0.0
        while try await shop.gateway.order(orderID, userID: userID).fields[.status] == .pending, seconds < 700 {
            shop.clock.advance(bySeconds: 5)
            seconds += 5
            try await shop.system.settle()
        }
        // Billing learns of the payment with the first step or the second.
        #expect((600...605).contains(seconds))
        #expect(try await shop.gateway.order(orderID, userID: userID).fields[.reason] == .noAccount)
        #expect(try await shop.rows("SELECT * FROM payments WHERE refusal = 'no_account'", at: .billing).count == 1)
        // The account that appears after all changes nothing of it.
        try await shop.release(.userCreated)
        try await shop.system.settle()
        shop.clock.advance(bySeconds: 700)
        try await shop.system.settle()
        #expect(try await shop.gateway.order(orderID, userID: userID).fields[.reason] == .noAccount)
        try await shop.expectSound()
    }

    @Test(arguments: [StyleName.collaboration, .hybrid]) func `a notification waits for its copy of the user`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        try await shop.execute("CREATE TABLE hidden AS SELECT * FROM profiles", at: .notification)
        try await shop.execute("DELETE FROM profiles", at: .notification)
        _ = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        #expect(try await shop.gateway.notifications(userID: userID).rows.isEmpty)
        try await shop.execute("INSERT INTO profiles SELECT * FROM hidden", at: .notification)
        shop.clock.advance(bySeconds: 1)
        try await shop.system.settle()
        #expect(try await shop.gateway.notifications(userID: userID).rows.count == 1)
        try await shop.expectSound()
    }

    @Test(arguments: brokered) func `the mark of a message does not outlive the failure of its effect`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        // Billing's answer comes before the order that it is about.
        let node = shop.system.node(.order)
        let payment = Payment(
            id: "o-1:1", orderID: "o-1", userID: userID, amount: .leastPrice, at: shop.now)
        try await node.stage([try Self.message(.paymentCreated, payment.fields, style, at: shop.now)])
        #expect(try await node.runDue([.message]) == 0)
        #expect(try await shop.rows("SELECT * FROM handled WHERE id = 'forged'", at: .order).isEmpty)
        let answer = try await shop.system.services.send(
            ServiceRequest(
                id: "r", endpoint: .createOrder,
                fields: FieldSet().with(.orderID, "o-1").with(.userID, userID).with(.price, .leastPrice),
                correlationID: "r", time: shop.now), from: .gateway)
        #expect(answer.status == 202)
        shop.clock.advance(bySeconds: 1)
        try await shop.system.settle()
        #expect(try await shop.rows("SELECT * FROM handled WHERE id = 'forged'", at: .order).count == 1)
        #expect(try await shop.gateway.order("o-1", userID: userID).fields[.status] == .succeeded)
        // The real answer came too, and agrees.
        #expect(try await shop.balance(userID) == "9.00")
    }

    // MARK: Contradictions and poison

    static func message(
        _ type: MessageType, _ fields: FieldSet, _ style: StyleName, at now: Instant, id: String = "forged"
    ) throws -> Message {
        let (body, version) = try Contract.encode(fields, as: type, in: style)
        return Message(
            id: id, type: type.rawValue, key: "k", correlationID: "c", time: now, schemaVersion: version,
            body: body)
    }

    @Test(arguments: brokered) func `a late refusal does not overwrite a succeeded order`(
        _ style: StyleName
    ) async throws {
        let (shop, userID) = try await shop(style)
        let orders = try await shop.gateway.orders(userID: userID).rows
        let orderID = try #require(orders.first { $0[.status] == .succeeded }?[.orderID])
        let refusal = Payment(
            id: "\(orderID):2", orderID: orderID, userID: userID, amount: .leastPrice, refusal: .notEnoughMoney,
            at: shop.now)
        try await shop.system.node(.order).stage([
            try Self.message(.paymentFailed, refusal.fields, style, at: shop.now)
        ])
        try await shop.system.settle()
        #expect(try await shop.gateway.order(orderID, userID: userID).fields[.status] == .succeeded)
        let stuck = try await shop.rows("SELECT key, error_class FROM tasks WHERE state = 'stuck'", at: .order)
        #expect(
            try stuck.map { [try $0.text("key"), try $0.text("error_class")] } == [
                ["forged", "order_ended_differently"]
            ])
        try await shop.expectSound()
    }

    struct Poison: Sendable, CustomTestStringConvertible {
        var type: String
        var body: String
        var version = 1
        var error: String

        var testDescription: String { "\(error), \(body.prefix(20))" }
    }

    @Test(arguments: [
        Poison(type: "Billing/CreatePayment", body: "{", error: "Billing/CreatePayment: "),
        Poison(type: "Billing/CreatePayment", body: "{}", error: "paymentId: missing"),
        Poison(type: "Billing/Nothing", body: "{}", error: "unknown message type"),
        Poison(type: "Order/PaymentRequired", body: "{}", error: "is not a message of the style hybrid"),
        Poison(
            type: "Order/OrderSucceeded", body: #"{"orderId":"o","price":1,"userId":"u"}"#,
            error: "billing does not receive Order/OrderSucceeded"),
        Poison(
            type: "Identity/UserCreated", body: #"{"userId":"u"}"#, version: 7,
            error: "has the unknown schema version 7"),
        Poison(
            type: "Billing/CreatePayment", body: String(repeating: "x", count: 100_000),
            error: "has a body of 100000 bytes"),
    ]) func `a poison message gets stuck at once and holds up no other`(_ poison: Poison) async throws {
        let shop = try await Shop(.hybrid)
        let userID = try await shop.customer("pavel@example.com", "10")
        try await shop.system.node(.billing).stage([
            Message(
                id: "poison", type: poison.type, key: userID, correlationID: "c", time: shop.now,
                schemaVersion: poison.version, body: Array(poison.body.utf8))
        ])
        _ = try await shop.gateway.buy("10", userID: userID)
        try await shop.system.settle()
        let stuck = try await shop.rows("SELECT * FROM tasks WHERE state = 'stuck'", at: .billing)
        #expect(try stuck.map { try $0.text("error_class") } == ["message_refused"])
        #expect(try stuck.allSatisfy { try $0.text("error_message").contains(poison.error) })
        #expect(try stuck.map { try $0.number("attempts") } == [1])
        #expect(try await shop.balance(userID) == "0.00")
        try await shop.expectSound()
    }

    @Test func `a message that fails each time waits for an operator after ten attempts`() async throws {
        let shop = try await Shop(.hybrid)
        let payment = Payment(
            id: "o-1:1", orderID: "o-1", userID: "u", amount: .leastPrice, at: shop.now)
        try await shop.system.node(.order).stage([
            try Self.message(.paymentCreated, payment.fields, .hybrid, at: shop.now)
        ])
        for _ in 0..<20 {
            try await shop.system.settle()
            shop.clock.advance(bySeconds: 60)
        }
        let stuck = try await shop.rows("SELECT * FROM tasks WHERE state = 'stuck'", at: .order)
        #expect(try stuck.map { try $0.number("attempts") } == [10])
        #expect(try stuck.map { try $0.text("error_class") } == ["order_not_found"])
    }

    @Test func `a message waits behind one of its sender and key that is stuck, and no other does`() async throws {
        let shop = try await Shop(.hybrid)
        let userID = try await shop.customer("pavel@example.com", "10")
        let node = shop.system.node(.order)
        let unknown = Payment(id: "o:1", orderID: "o", userID: userID, amount: .leastPrice, at: shop.now)
        try await node.stage([
            try Self.message(.paymentCreated, unknown.fields, .hybrid, at: shop.now, id: "first"),
            try Self.message(.paymentCreated, unknown.fields, .hybrid, at: shop.now, id: "second"),
        ])
        _ = try await shop.gateway.buy("10", userID: userID)
        for _ in 0..<20 {
            try await shop.system.settle()
            shop.clock.advance(bySeconds: 60)
        }
        let rows = try await shop.rows(
            "SELECT key, state, attempts FROM tasks WHERE state <> 'done' ORDER BY task_id", at: .order)
        #expect(try rows.map { try $0.text("key") } == ["first", "second"])
        #expect(try rows.map { try $0.text("state") } == ["stuck", "waiting"])
        #expect(try await shop.balance(userID) == "0.00")
        #expect(try await shop.gateway.notifications(userID: userID).rows.count == 1)
    }

    // MARK: Services that do not answer

    @Test func `an order over HTTP survives a billing service that is down`() async throws {
        let shop = try await Shop(.http)
        let userID = try await shop.customer("pavel@example.com", "20")
        shop.system.services.set(.billing, isDown: true)
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(first.status == 202)
        #expect(try await shop.gateway.buy("10", userID: userID).status == 504)
        shop.system.services.set(.billing, isDown: false)
        shop.clock.advance(bySeconds: 30)
        try await shop.system.settle()
        shop.clock.advance(bySeconds: 30)
        let second = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(second.status == 200)
        #expect(second.fields[.orderID] == first.fields[.orderID])
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "0.00", "both orders were paid")
        try await shop.expectSound([first, second].map { $0.asClientAnswer(userID: userID, key: "k") })
    }

    @Test(.only(.sqlite), arguments: StyleName.allCases)
    func `whichever service is down for a while, everything ends by itself`(
        _ style: StyleName
    ) async throws {
        for service in ServiceName.allCases.dropFirst() {
            let shop = try await Shop(style)
            let userID = try await shop.customer("pavel@example.com", "10")
            shop.system.services.set(service, isDown: true)
            let answer = try await shop.gateway.buy("10", userID: userID, key: "k")
            #expect([200, 202].contains(answer.status), "\(service)")
            shop.system.services.set(service, isDown: false)
            for _ in 0..<10 {
                shop.clock.advance(bySeconds: 30)
                try await shop.system.settle()
            }
            #expect(try await shop.balance(userID) == "0.00", "\(service)")
            try await shop.expectSound([answer.asClientAnswer(userID: userID, key: "k")])
        }
    }

    @Test(arguments: StyleName.allCases) func `a gateway that restarts knows the answer under the client's key`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        try await shop.system.settle()
        let restarted = LocalSystem(Style(style), shop.system.databases, shop.clock.world, Shop.keys)
        #expect(try await restarted.gateway.buy("10", userID: userID, key: "k") == first)
        #expect(try await shop.balance(userID) == "0.00")
    }

    @Test(arguments: StyleName.allCases) func `orders with repetitions keep every invariant at every step`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let users = [
            try await shop.customer("pavel@example.com", "25"), try await shop.customer("vera@example.com", "5"),
        ]
        var answers: [OrderingSnapshot.ClientAnswer] = []
        for number in 0..<12 {
            let (userID, key) = (users[number % 2], "k-\(number / 4)")
            let answer = try await shop.gateway.buy("10", userID: userID, key: key)
            answers.append(answer.asClientAnswer(userID: userID, key: key))
            try await shop.expectSound(answers, atRest: false)
        }
        repeat { try await shop.expectSound(answers, atRest: false) } while try await shop.system.step()
        for userID in users { #expect(try await shop.balance(userID) == "5.00") }
        try await shop.expectSound(answers)
    }

    @Test func `presses under one key at the same time are answered with one order`() async throws {
        let shop = try await Shop(.http)
        let userID = try await shop.customer("pavel@example.com", "25")
        let answers = try await withThrowingTaskGroup(of: OrderingSnapshot.ClientAnswer.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    try await shop.gateway.buy("10", userID: userID, key: "k").asClientAnswer(userID: userID, key: "k")
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.orderID)).count == 1)
        try await shop.comeToRest()
        #expect(try await shop.balance(userID) == "15.00")
        try await shop.expectSound(answers)
    }

    @Test func `a repetition whose wait times out gets the order of the first`() async throws {
        let shop = try await Shop(.http)
        let userID = try await shop.customer("pavel@example.com", "10")
        shop.system.services.set(.order, isDown: true)
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(first.status == 202)
        #expect(try await shop.gateway.buy("10", userID: userID, key: "k") == first)
    }
}
