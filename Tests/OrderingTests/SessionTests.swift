import OrderingCore
import SQLKit
import TestSupport
import Testing
import WorldKit

@testable import Ordering

@Suite(.everyEngine) struct SessionTests {
    @Test(arguments: StyleName.allCases) func `a token is a user's until it ends`(_ style: StyleName) async throws {
        let shop = try await Shop(style)
        let userID = try await shop.customer()
        let gateway = shop.gateway
        let token = try #require(try await gateway.logIn(email: "pavel@example.com", password: Shop.password))
        #expect(token.utf8.count == 64)
        #expect(try await gateway.userID(token: token) == userID)
        #expect(try await gateway.userID(token: token + "0") == nil)
        #expect(try await gateway.userID(token: PasswordKeys.hash(token)) == nil)
        let second = try #require(try await gateway.logIn(email: "PAVEL@example.com", password: Shop.password))
        #expect(second != token)
        try await gateway.logOut(token: token)
        #expect(try await gateway.userID(token: token) == nil)
        #expect(try await gateway.userID(token: second) == userID)
        shop.clock.advance(bySeconds: Sessions.lifetimeSeconds)
        #expect(try await gateway.userID(token: second) == nil)
    }

    struct Attempt: Sendable, CustomTestStringConvertible {
        var email: String
        var password: String

        var testDescription: String { "\(email), \(password.prefix(20))" }
    }

    @Test(arguments: [
        Attempt(email: "pavel@example.com", password: "wrong horse"), Attempt(email: "pavel@example.com", password: ""),
        Attempt(email: "vera@example.com", password: Shop.password), Attempt(email: "", password: Shop.password),
        Attempt(email: "pavel@example.com", password: String(repeating: "x", count: 1_000_000)),
    ]) func `a wrong email or password begins nothing`(_ attempt: Attempt) async throws {
        let shop = try await Shop(.http)
        _ = try await shop.customer()
        #expect(try await shop.gateway.logIn(email: attempt.email, password: attempt.password) == nil)
        #expect(try await shop.rows("SELECT * FROM sessions", at: .gateway).isEmpty)
    }

    @Test func `a user without a password cannot log in`() async throws {
        let shop = try await Shop(.http)
        let userID = try #require(try await shop.gateway.register(name: "Pavel").fields[.userID])
        let answer = try await shop.system.services.send(
            ServiceRequest(
                id: "r", endpoint: .logIn,
                fields: FieldSet().with(.userID, userID).with(.passwordKey, String(repeating: "0", count: 64)),
                correlationID: "r", time: shop.now), from: .gateway)
        #expect(answer.status == 401)
    }

    @Test(arguments: StyleName.allCases) func `no store holds a password, its key or a token`(
        _ style: StyleName
    ) async throws {
        let shop = try await Shop(style)
        _ = try await shop.customer()
        let token = try #require(try await shop.gateway.logIn(email: "pavel@example.com", password: Shop.password))
        let key = try await Shop.keys.key(password: Shop.password, email: "pavel@example.com")
        for service in ServiceName.allCases {
            let query =
                switch StoreEngine.current {
                case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table'"
                case .postgres: "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()"
                }
            let tables = try await shop.rows(query, at: service)
            for table in tables {
                let rows = try await shop.rows("SELECT * FROM \(try table.text("name"))", at: service)
                let text = rows.map { "\($0.allValues)" }.joined()
                for secret in [Shop.password, key, token] { #expect(!text.contains(secret)) }
            }
        }
    }

    @Test(arguments: ["short", "aaaaaaaaaaaa", "pavel@example.com"]) func `a weak password is refused`(
        _ password: String
    ) async throws {
        let shop = try await Shop(.http)
        let answer = try await shop.gateway.register(.init(email: "pavel@example.com", password: password))
        #expect(answer.status == 400)
        #expect(answer.code == "weak_password")
        #expect(try await shop.rows("SELECT * FROM requests", at: .gateway).isEmpty)
    }

    @Test(arguments: [
        "", "pavel", "@example.com", "a b@c", "a@b@c", "a\u{0}@b", String(repeating: "a", count: 300) + "@b",
    ])
    func `what is no email address is refused`(_ email: String) async throws {
        let shop = try await Shop(.http)
        #expect(try await shop.gateway.register(.init(email: email, password: Shop.password)).code == "bad_email")
    }
}
