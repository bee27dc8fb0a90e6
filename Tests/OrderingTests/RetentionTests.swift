import OrderingCore
import SQLKit
import SQLiteEngine
import TestSupport
import Testing
import WorldKit

@testable import Ordering

/// Which data stores remove after its retention period, and which data they keep permanently.
@Suite(.everyEngine) struct RetentionTests {
    /// Advances the clock past the retention of requests and marks, and removes expired ones.
    private static func pass(_ shop: Shop, seconds: Double = GatewayRequests.retentionSeconds) async throws {
        shop.clock.advance(bySeconds: seconds)
        for service in ServiceName.allCases {
            while try await shop.system.node(service).removeOld(limit: 2) {}
        }
    }

    /// The number of requests and lookups at the gateway.
    private static func counts(_ shop: Shop) async throws -> [Int] {
        var counts: [Int] = []
        for table in ["requests", "lookups"] {
            counts.append(
                try await shop.rows("SELECT COUNT(*) AS count FROM \(table)", at: .gateway)[0].number("count"))
        }
        return counts
    }

    @Test(arguments: StyleName.allCases) func `answered requests are removed after their time, and not before`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        _ = try await shop.gateway.buy("3", userID: userID, basketID: basketID, key: "k")
        _ = try await shop.gateway.buy("4", userID: userID)
        try await shop.system.settle()
        #expect(try await Self.counts(shop) == [4, 1])
        try await Self.pass(shop)
        #expect(try await Self.counts(shop) == [4, 1])
        try await Self.pass(shop, seconds: 1)
        #expect(try await Self.counts(shop) == [0, 0])
        #expect(try await shop.gateway.orders(userID: userID).rows.count == 2)
        try await shop.expectSound()
    }

    @Test func `a request without an answer stays, however old it is`() async throws {
        let shop = try await Shop(.events)
        let userID = try await shop.customer("pavel@example.com", "10")
        try await shop.hold(.createOrder)
        let pending = try await shop.gateway.buy("10", userID: userID, key: "k")
        #expect(pending.status == 202)
        try await Self.pass(shop, seconds: 2 * GatewayRequests.retentionSeconds)
        #expect(try await Self.counts(shop) == [1, 0])
        try await shop.release(.createOrder)
        try await shop.system.settle()
        #expect(try await shop.gateway.buy("10", userID: userID, key: "k").fields[.orderID] == pending.fields[.orderID])
    }

    @Test(arguments: StyleName.allCases) func `the version of a list never goes back`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "100")
        var versions: [Int?] = []
        func note() async throws { versions.append(try await shop.gateway.orders(userID: userID).version) }
        try await note()
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        // Each of them is one order, however often and under however many keys it is requested.
        for key in ["a", "a", "b", nil] {
            _ = try await shop.gateway.buy("3", userID: userID, basketID: basketID, key: key)
            try await shop.system.settle()
            try await note()
        }
        _ = try await shop.gateway.buy("4", userID: userID)
        try await shop.system.settle()
        try await note()
        try await Self.pass(shop, seconds: 2 * GatewayRequests.retentionSeconds)
        try await note()
        _ = try await shop.gateway.buy("3", userID: userID, basketID: basketID, key: "a")
        try await shop.system.settle()
        try await note()
        _ = try await shop.gateway.buy("5", userID: userID)
        try await note()
        #expect(versions == [0, 1, 1, 1, 1, 2, 2, 2, 3])
    }

    @Test func `lists of before the update keep their versions`() async throws {
        let all = ServiceName.gateway.migrations
        let database = try await SQLiteDatabase.open(.memory, migrations: all)
        let versions = try await database.write { connection in
            // The schema as the previous release left it.
            for sql in ["DROP TABLE order_lists", "DROP INDEX requests_by_answer"] { try connection.execute(sql) }
            for (id, subject) in [("1", "o-1"), ("2", "o-1"), ("3", "o-2")] {
                try connection.execute(
                    """
                    INSERT INTO requests (id, kind, user_id, content, subject, created_at)
                    VALUES ('\(id)', 'order', 'u', '{}', '\(subject)', 0)
                    """)
            }
            for sql in GatewayRequests.retention.split(separator: ";") where sql.contains("(") {
                try connection.execute(String(sql))
            }
            return try ["u", "v"].map { try GatewayRequests.version(userID: $0, connection) }
        }
        #expect(versions == [2, 0])
        await database.close()
    }

    /// Requests that are repeated after all records of the first one were removed.
    @Test(arguments: StyleName.allCases) func `what was forgotten is asked for again, and has one effect`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "10")
        let basketID = try #require(try await shop.gateway.basket(userID: userID).fields[.basketID])
        let first = try await shop.gateway.buy("10", userID: userID, basketID: basketID)
        try await shop.system.settle()
        try await Self.pass(shop, seconds: 2 * GatewayRequests.retentionSeconds)
        let again = try await shop.gateway.buy("10", userID: userID, basketID: basketID)
        #expect(again.status == 200, "\(again)")
        #expect(again.fields[.orderID] == first.fields[.orderID])
        let registration = Gateway.Registration(
            email: "pavel@example.com", password: Shop.password, firstName: "Pavel", lastName: "Ivanov")
        #expect(try await shop.gateway.register(registration).status == 201)
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "0.00")
        #expect(try await shop.gateway.notifications(userID: userID).rows.count == 1)
        let open = try await shop.rows("SELECT id FROM requests WHERE answer_status IS NULL", at: .gateway)
        #expect(open.isEmpty)
        try await shop.expectSound()
    }

    // MARK: Refusals

    struct Refused: Sendable, CustomTestStringConvertible {
        var endpoint: Endpoint
        var amount: String
        /// The user has either 5.00 or no account.
        var hasAccount = true
        var status: Int
        var reason: FailureReason

        var testDescription: String { "\(endpoint.rawValue) \(reason.rawValue)" }
    }

    static let refused = [
        Refused(endpoint: .withdraw, amount: "6", status: 422, reason: .notEnoughMoney),
        Refused(
            endpoint: .deposit, amount: OrderingCore.Money.maximum.decimal, status: 422, reason: .balanceTooLarge),
        Refused(endpoint: .deposit, amount: "1", hasAccount: false, status: 404, reason: .noAccount),
        Refused(endpoint: .withdraw, amount: "1", hasAccount: false, status: 404, reason: .noAccount),
    ]

    @Test(arguments: StyleName.allCases, refused) func `a refused change of an account is refused for good`(
        _ style: StyleName, _ refused: Refused
    ) async throws {
        let shop = try await Shop(style)
        let known = try await shop.customer("pavel@example.com", "5")
        let userID = refused.hasAccount ? known : "u-1"
        let node = shop.system.node(.billing)
        func answer(_ id: String, _ amount: String = refused.amount) async throws -> ServiceAnswer? {
            let fields = FieldSet().with(.userID, userID).with(.requestID, "r-1")
                .with(.amount, try Money(decimal: amount))
            return try await node.answer(
                ServiceRequest(
                    id: id, endpoint: refused.endpoint, fields: fields, correlationID: id,
                    // The wait for an account has timed out.
                    time: shop.now.advanced(bySeconds: -AccountWaitRule.patienceSeconds)))
        }
        shop.clock.advance(bySeconds: 2 * AccountWaitRule.patienceSeconds)
        let first = try await answer("1")
        #expect(first?.status == refused.status && first?.code == refused.reason.rawValue)
        // The reason for the refusal no longer holds.
        try await shop.execute("UPDATE accounts SET balance = 1000000", at: .billing)
        if refused.reason == .balanceTooLarge {
            try await shop.execute("UPDATE accounts SET balance = 0", at: .billing)
        }
        try await shop.execute(
            "INSERT INTO accounts (user_id, balance, entries) VALUES ('u-1', 1000000, 0)", at: .billing)
        let before = try await shop.system.snapshot().accounts
        #expect(try await answer("2") == first)
        #expect(try await answer("3", "0.01")?.status == 409, "another amount under the same id")
        #expect(try await shop.system.snapshot().accounts == before)
    }

    @Test(arguments: [StyleName.events, .collaboration])
    func `a withdrawal that is sent again after its mark is gone is refused again`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer("pavel@example.com", "5")
        let refusal = try await shop.gateway.withdraw(try Money(decimal: "6"), userID: userID, key: "k")
        #expect(refusal.status == 422)
        #expect(try await shop.gateway.deposit(try Money(decimal: "6"), userID: userID).status == 200)
        shop.clock.advance(bySeconds: Handled.retentionSeconds + 1)
        for sql in ["DELETE FROM tasks", "DELETE FROM handled"] { try await shop.execute(sql, at: .billing) }
        try await shop.execute(
            "UPDATE outbox SET state = 'unsent' WHERE type = '\(MessageType.accountWithdraw.rawValue)'", at: .gateway)
        try await shop.system.settle()
        #expect(try await shop.balance(userID) == "11.00")
        #expect(try await shop.gateway.withdraw(try Money(decimal: "6"), userID: userID, key: "k") == refusal)
        try await shop.expectSound()
    }
}
