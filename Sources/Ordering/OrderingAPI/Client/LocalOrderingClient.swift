import HTTPKit
package import Ordering
package import OrderingCore

/// A user of the services of this process.
package struct LocalOrderingClient: OrderingClient {
    private let gateway: Gateway
    private let userID: String
    /// Whether the services cannot reach each other at the moment, so that waiting for an outcome is pointless.
    package let isCutOff: @Sendable () async -> Bool

    package init(
        _ gateway: Gateway, userID: String, isCutOff: @escaping @Sendable () async -> Bool = { false }
    ) {
        self.isCutOff = isCutOff
        self.gateway = gateway
        self.userID = userID
    }

    package func user() async throws -> User {
        guard let user = User(try await gateway.profile(userID: userID).checked().fields) else {
            throw Wire.Incomplete()
        }
        return user
    }

    package func account() async throws -> Account {
        let fields = try await gateway.account(userID: userID).checked().fields
        guard let balance = fields[.balance] else { throw Wire.Incomplete() }
        return Account(userID: userID, balance: balance)
    }

    package func deposit(_ amount: Money, key: String) async throws {
        _ = try await gateway.deposit(amount, userID: userID, key: key).checked()
    }

    package func withdraw(_ amount: Money, key: String) async throws {
        _ = try await gateway.withdraw(amount, userID: userID, key: key).checked()
    }

    package func basket() async throws -> String {
        guard let id = try await gateway.basket(userID: userID).checked().fields[.basketID] else {
            throw Wire.Incomplete()
        }
        return id
    }

    package func order(_ price: Money, basketID: String?, key: String) async throws -> Order {
        let answer = try await gateway.order(price, userID: userID, basketID: basketID, key: key)
        // Whatever the answer, an order that exists tells how it ended.
        guard let id = answer.fields[.orderID] else { throw answer.failure() }
        return try await order(id, waitSeconds: 0)
    }

    package func order(_ id: String, waitSeconds seconds: Double) async throws -> Order {
        try Order(stored: try await gateway.order(id, userID: userID).checked().fields)
    }

    package func orders() async throws -> [Order] {
        try await gateway.orders(userID: userID).checked().rows.map { try Order(stored: $0) }
    }

    package func notifications() async throws -> [Notification] {
        try await gateway.notifications(userID: userID).checked().rows.map { fields in
            guard let id = fields[.orderID], let status = fields[.status], let message = fields[.message],
                let createdAt = fields[.createdAt]
            else { throw Wire.Incomplete() }
            return Notification(
                id: id, orderID: id, userID: userID, status: status, message: message, createdAt: createdAt)
        }
    }
}

extension Order {
    fileprivate init(stored fields: FieldSet) throws {
        guard let id = fields[.orderID], let price = fields[.price], let status = fields[.status],
            let createdAt = fields[.createdAt]
        else { throw Wire.Incomplete() }
        self.init(
            id: id, userID: fields[.userID] ?? "", price: price, status: status, reason: fields[.reason],
            basketID: fields[.basketID], createdAt: createdAt)
    }
}
