import OrderingCore
import TestSupport
import Testing

@testable import Ordering

/// Every message and every answer of runs is in the contract.
@Suite(.everyEngine) struct AnswerTests {
    /// Every service refuses to give an answer that is not in the contract, as it refuses to send such a message: the
    /// request fails, or the task that makes it is stuck.
    @Test(arguments: StyleName.allCases) func `messages and answers of all kinds of requests are in the contract`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "25")
        let gateway = shop.gateway
        _ = try await gateway.logIn(email: "pavel@example.com", password: Shop.password)
        _ = try await gateway.logIn(email: "pavel@example.com", password: "wrong password")
        _ = try await gateway.logIn(email: "nobody@example.com", password: "wrong password")
        _ = try await gateway.profile(userID: userID)
        _ = try await gateway.profile(userID: "unknown")
        _ = try await gateway.changeProfile(User(id: userID, email: "pavel@example.com", firstName: "P"))
        _ = try await gateway.changeProfile(User(id: userID, email: "other@example.com"))
        _ = try await gateway.account(userID: "unknown")
        _ = try await gateway.withdraw(try Money(decimal: "5"), userID: userID, key: "w")
        _ = try await gateway.withdraw(try Money(decimal: "500"), userID: userID)
        let basketID = try #require(try await gateway.basket(userID: userID).fields[.basketID])
        for (price, basket) in [("10", basketID), ("10", basketID), ("11", basketID), ("10", "unknown")] {
            _ = try await gateway.buy(price, userID: userID, basketID: basket)
            try await shop.system.settle()
        }
        let orderID = try await gateway.buy("100", userID: userID, key: "k").fields[.orderID]
        _ = try await gateway.buy("100", userID: userID, key: "k")
        try await shop.system.settle()
        _ = try await gateway.order(orderID ?? "", userID: userID)
        _ = try await gateway.order("unknown", userID: userID)
        _ = try await gateway.orders(userID: userID)
        _ = try await gateway.notifications(userID: userID)
        _ = try await gateway.pushEvents(userID: userID)
        // Those that the gateway does not make itself in every style.
        let requests: [(Endpoint, FieldSet)] = try [
            (.openAccount, FieldSet().with(.userID, userID)),
            (.createPayment, Self.payment("p-1", userID, "1")), (.createPayment, Self.payment("p-1", userID, "2")),
            (.createPayment, Self.payment("p-2", userID, "1000")),
            (.deposit, Self.change("d-1", userID, "1")), (.deposit, Self.change("d-1", userID, "2")),
            (.listPushEvents, FieldSet().with(.userID, userID)), (.showUser, FieldSet().with(.userID, userID)),
        ]
        for (index, (endpoint, fields)) in requests.enumerated() {
            let answer = try await shop.system.services.send(
                ServiceRequest(
                    id: "test-\(index)", endpoint: endpoint, fields: fields, correlationID: "test", time: shop.now),
                from: .gateway)
            #expect(endpoint.flaw(answer) == nil)
        }
        try await shop.comeToRest()
        let snapshot = try await shop.system.snapshot()
        #expect(snapshot.work.filter(\.isStuck).compactMap(\.error) == [])
        #expect(snapshot.broken(isAtRest: false, checking: [.contractKept]) == [])
    }

    private static func payment(_ id: String, _ userID: String, _ amount: String) throws -> FieldSet {
        FieldSet().with(.paymentID, id).with(.orderID, "o-1").with(.userID, userID)
            .with(.amount, try Money(decimal: amount))
    }

    private static func change(_ id: String, _ userID: String, _ amount: String) throws -> FieldSet {
        FieldSet().with(.requestID, id).with(.userID, userID).with(.amount, try Money(decimal: amount))
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var endpoint: Endpoint
        var answer: ServiceAnswer
        var flaw: String

        var testDescription: String { "\(endpoint.rawValue) \(answer.status), \(flaw)" }
    }

    static let bad = [
        Bad(endpoint: .openAccount, answer: ServiceAnswer(200), flaw: "status 200 is not in the contract"),
        Bad(endpoint: .openAccount, answer: ServiceAnswer(201), flaw: "userId: missing"),
        Bad(
            endpoint: .openAccount, answer: ServiceAnswer(201, FieldSet().with(.userID, "u").with(.balance, .zero)),
            flaw: "balance: unknown"),
        Bad(
            endpoint: .showOrder, answer: ServiceAnswer(404, FieldSet().with(.orderID, "o")), flaw: "orderId: unknown"),
        Bad(
            endpoint: .listOrders, answer: ServiceAnswer(200, rows: [FieldSet().with(.orderID, "o")]),
            flaw: "userId: missing"),
        Bad(endpoint: .showUser, answer: ServiceAnswer(404, rows: [FieldSet()]), flaw: "it has rows"),
    ]

    @Test(arguments: bad) func `an answer that is not in the contract is found`(_ bad: Bad) {
        #expect(bad.endpoint.flaw(bad.answer) == bad.flaw)
    }
}
