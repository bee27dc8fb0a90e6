import Explorer
import Payments
import PostgresEngine
import SQLKit
import TestSupport
import Testing

extension Stage {
    /// The environment of a host that uses a store on a server, with separate key files.
    /// - Parameter host: hosts with the same name share their key files.
    func host(_ url: String, _ host: String = "a") -> [String: String] {
        [
            "QRPAY_STORE": url, "QRPAY_DEEPLINK_KEYS_FILE": directory.file("\(host)-deeplink-keys.json"),
            "QRPAY_GATEWAY_KEY_FILE": directory.file("\(host)-gateway-key"),
        ]
    }

    /// Creates a paid and partly refunded order with receipts and cashback, and a pending order, in the store of
    /// `environment`.
    /// - Returns: the paid order's id.
    @discardableResult
    func fill(environment: [String: String] = [:]) async throws -> String {
        func run(_ arguments: String..., input: String = "") async throws -> CommandRun {
            try await qrpay(arguments, input: input, environment: environment).succeeded()
        }
        _ = try await run("restaurant", "add", "cafe", "--name", "Кафе «Пирог»", "--cashback", "10")
        let created = try await run("preorder", "create", "-", "--json", input: Self.bill("paid"))
        let order = try #require(try created.json()["order_id"].text)
        _ = try await run("preorder", "create", "-", input: Self.bill("waiting", amount: "7.00"))
        _ = try await run("pay", order, "--uid", "guest", "--method", "card-approve")
        _ = try await run("order", "refund", order, "--amount", "20", "--reason", "cold")
        _ = try await run("work", "--drain")
        return order
    }
}

/// Polls until `condition` holds; the limit of over a minute only guards against hanging.
func until(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, "never: \(what)", sourceLocation: sourceLocation)
    }
}

/// Runs `body` with a session on a database, whatever it contains: no migration is applied or checked.
@discardableResult
func withSession<Value: Sendable>(
    _ url: String, _ body: (PostgresDatabase) async throws -> Value
) async throws -> Value {
    let database = try await PostgresDatabase.open(try PostgresOptions(address: url), migrations: nil)
    let result: Result<Value, any Error>
    do { result = .success(try await body(database)) } catch { result = .failure(error) }
    await database.close()
    return try result.get()
}
