import OrderingCore
import SQLKit
import TestSupport
import Testing

@testable import Ordering

@Suite(.everyEngine) struct RepetitionTests {
    static let registration = Gateway.Registration(
        email: "pavel@example.com", password: Shop.password, firstName: "Pavel", lastName: "Ivanov")

    @Test(arguments: StyleName.allCases) func `the same registration has the same answer, another one 409`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let first = try await shop.gateway.register(Self.registration)
        try await shop.system.settle()
        #expect(first.status == 201)
        #expect(try await shop.gateway.register(Self.registration) == first)
        var other = Self.registration
        other.password = "another horse"
        #expect(try await shop.gateway.register(other).status == 409)
        other = Self.registration
        other.lastName = "Petrov"
        #expect(try await shop.gateway.register(other).status == 409)
        // An address is the same in capitals.
        other = Self.registration
        other.email = "Pavel@Example.com"
        #expect(try await shop.gateway.register(other).status == 409)
        let users = try await shop.rows("SELECT id FROM users", at: .identity)
        #expect(users.count == 1)
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `a user by name is the same each time`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let first = try await shop.gateway.register(name: "Павел")
        #expect(first.status == 201)
        #expect(first.fields[.userID] == shop.gateway.userID(name: "Павел"))
        #expect(try await shop.gateway.register(name: "Павел") == first)
        #expect(try await shop.gateway.register(name: "Pavel").fields[.userID] != first.fields[.userID])
        #expect(try await shop.gateway.register(name: "").status == 400)
    }

    @Test(arguments: StyleName.allCases) func `a deposit under a key is made once, without one each time`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer()
        let five = try Money(decimal: "5")
        for _ in 0..<2 { #expect(try await shop.gateway.deposit(five, userID: userID, key: "k").status == 200) }
        #expect(try await shop.balance(userID) == "5.00")
        #expect(try await shop.gateway.deposit(.leastPrice, userID: userID, key: "k").status == 422)
        for _ in 0..<2 { #expect(try await shop.gateway.deposit(five, userID: userID).status == 200) }
        #expect(try await shop.balance(userID) == "15.00")
        // Another user's key is another key.
        let other = try await shop.customer("vera@example.com")
        #expect(try await shop.gateway.deposit(.leastPrice, userID: other, key: "k").status == 200)
        try await shop.system.settle()
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `a withdrawal beyond the balance is refused, and stays so under its key`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "5")
        let six = try Money(decimal: "6")
        #expect(try await shop.gateway.withdraw(six, userID: userID, key: "k").status == 422)
        #expect(try await shop.gateway.deposit(six, userID: userID).status == 200)
        #expect(try await shop.gateway.withdraw(six, userID: userID, key: "k").status == 422)
        #expect(try await shop.gateway.withdraw(six, userID: userID, key: "l").status == 200)
        #expect(try await shop.balance(userID) == "5.00")
        try await shop.system.settle()
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `an order under a key is one order with one answer`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        try await shop.system.settle()
        let second = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(second == first)
        #expect(try await shop.gateway.buy("11", userID: userID, key: "k").status == 422)
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "90.00")
        #expect(try await shop.gateway.orders(userID: userID).rows.count == 1)
        try await shop.expectSound(
            [first, second].map { $0.asClientAnswer(userID: userID, key: "k") })
    }

    @Test(arguments: StyleName.allCases)
    func `a refused order stays refused under its key, whatever was deposited since`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer()
        let first = try await shop.gateway.buy("10", userID: userID, key: "k")
        try await shop.system.settle()
        #expect(try await shop.gateway.deposit(try Money(decimal: "10"), userID: userID).status == 200)
        let second = try await shop.gateway.buy("10", userID: userID, key: "k")
        try await shop.system.settle()
        #expect(second == first)
        #expect(try await shop.balance(userID) == "10.00")
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `an order on a list that has changed is refused with 412`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        let price = try Money(decimal: "10")
        let version = try #require(try await shop.gateway.orders(userID: userID).version)
        #expect(try await shop.gateway.order(price, userID: userID, ifVersion: version).status < 300)
        #expect(try await shop.gateway.order(price, userID: userID, ifVersion: version).status == 412)
        let next = try #require(try await shop.gateway.orders(userID: userID).version)
        let first = try await shop.gateway.order(price, userID: userID, key: "k", ifVersion: next)
        #expect(first.status < 300)
        try await shop.system.settle()
        let again = try await shop.gateway.order(price, userID: userID, key: "k", ifVersion: next)
        #expect(again.fields[.orderID] == first.fields[.orderID], "the first order itself has changed the list")
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "80.00")
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases)
    func `a refused order of a basket is repeated under its key after another was paid`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "50")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        let refused = try await shop.gateway.buy("100", userID: userID, basketID: basketID, key: "k-1")
        try await shop.system.settle()
        let paid = try await shop.gateway.buy("50", userID: userID, basketID: basketID, key: "k-2")
        try await shop.system.settle()
        shop.system.services.set(.order, isDown: true)
        for (key, price, first) in [("k-1", "100", refused), ("k-2", "50", paid)] {
            let again = try await shop.gateway.buy(price, userID: userID, basketID: basketID, key: key)
            #expect(again.fields[.orderID] == first.fields[.orderID])
            #expect(again.status == first.status || first.status == 202)
        }
        shop.system.services.set(.order, isDown: false)
        #expect(try await shop.gateway.buy("60", userID: userID, basketID: basketID, key: "k-1").code == "key_reused")
        #expect(try await shop.balance(userID) == "0.00")
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `a deposit beyond the largest balance is refused`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "5")
        let answer = try await shop.gateway.deposit(.maximum, userID: userID, key: "k")
        #expect(answer.status == 422 && answer.code == "balance_too_large")
        #expect(try await shop.gateway.deposit(.maximum, userID: userID, key: "k") == answer)
        #expect(try await shop.gateway.deposit(.leastPrice, userID: userID).status == 200)
        #expect(try await shop.balance(userID) == "6.00")
        try await shop.expectSound()
    }

    @Test func `an invalid amount, price, key or id is refused before anything is stored`() async throws {
        let shop = try await Shop(.hybrid)
        let userID = try await shop.customer("pavel@example.com", "10")
        let before = try await shop.rows("SELECT id FROM requests", at: .gateway).count
        for amount in [Money.zero, -.leastPrice] {
            #expect(try await shop.gateway.deposit(amount, userID: userID).code == "bad_amount")
            #expect(try await shop.gateway.withdraw(amount, userID: userID).code == "bad_amount")
            #expect(try await shop.gateway.order(amount, userID: userID).code == "bad_price")
        }
        #expect(try await shop.gateway.buy("0.99", userID: userID).code == "bad_price")
        for key in ["", "a b", "a\n", String(repeating: "k", count: 201)] {
            #expect(try await shop.gateway.buy("10", userID: userID, key: key).code == "bad_key")
            #expect(try await shop.gateway.deposit(.leastPrice, userID: userID, key: key).code == "bad_key")
        }
        for id in ["", "../x", "unknown", String(repeating: "x", count: 1000)] {
            #expect(try await shop.gateway.order(id, userID: userID).status == 404)
        }
        #expect(try await shop.rows("SELECT id FROM requests", at: .gateway).count == before)
    }

    @Test(arguments: StyleName.allCases) func `another user's order is not found`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let other = try await shop.customer("vera@example.com")
        let orderID = try #require(try await shop.gateway.buy("10", userID: userID).fields[.orderID])
        try await shop.system.settle()
        #expect(try await shop.gateway.order(orderID, userID: userID).status == 200)
        #expect(try await shop.gateway.order(orderID, userID: other).status == 404)
        #expect(try await shop.gateway.orders(userID: other).rows.isEmpty)
        #expect(try await shop.gateway.notifications(userID: other).rows.isEmpty)
        #expect(try await shop.gateway.pushEvents(userID: other).rows.isEmpty)
    }

    // MARK: Baskets

    @Test(arguments: StyleName.allCases) func `a basket is ordered once for its sum, and again after a refusal`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "5")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        #expect(try await shop.gateway.basket(userID: userID).fields[.basketID] == basketID)

        let refused = try await shop.gateway.buy("10", userID: userID, basketID: basketID)
        try await shop.system.settle()
        #expect(refused.fields[.orderID] == "\(basketID)-1")
        #expect(try await shop.gateway.deposit(try Money(decimal: "10"), userID: userID).status == 200)
        let paid = try await shop.gateway.buy("10", userID: userID, basketID: basketID)
        try await shop.system.settle()
        #expect(paid.fields[.orderID] == "\(basketID)-2")
        #expect(try await shop.balance(userID) == "5.00")
        // The same again, with and without a key: the same order.
        for key in [nil, "k"] {
            let again = try await shop.gateway.buy("10", userID: userID, basketID: basketID, key: key)
            #expect(again.fields[.orderID] == "\(basketID)-2")
            #expect(again.status == (style == .hybrid ? 202 : 200))
        }
        #expect(try await shop.gateway.buy("11", userID: userID, basketID: basketID).status == 409)
        #expect(try await shop.balance(userID) == "5.00")
        #expect(try await shop.gateway.basket(userID: userID).fields[.basketID] != basketID)
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `a basket that is unknown or another user's is not found`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        let other = try await shop.customer("vera@example.com", "100")
        let basketID = try #require(try await shop.gateway.basket(userID: other).fields[.basketID])
        for id in [basketID, "unknown", "../x", ""] {
            #expect(try await shop.gateway.buy("10", userID: userID, basketID: id).status == 404)
        }
        #expect(try await shop.gateway.orders(userID: userID).rows.isEmpty)
        try await shop.expectSound()
    }

    @Test(arguments: StyleName.allCases) func `two presses on a basket before anything has moved make one order`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        async let first = shop.gateway.buy("10", userID: userID, basketID: basketID)
        async let second = shop.gateway.buy("10", userID: userID, basketID: basketID)
        let orders = try await [first, second].map { $0.fields[.orderID] }
        try await shop.comeToRest()
        #expect(orders == ["\(basketID)-1", "\(basketID)-1"])
        #expect(try await shop.balance(userID) == "90.00")
        try await shop.expectSound()
    }
}
