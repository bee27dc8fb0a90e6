import HTTPKit
import JSONKit
import Ordering
import OrderingCore

/// The user's account.
enum BillingRoutes {
    static func all(_ context: RouteContext) -> [Route] {
        [
            account(context),
            change(context, "/api/v1/billing/account/deposit", "deposit", "Put money on the account") {
                try await $0.deposit($1, userID: $2, key: $3)
            },
            change(context, "/api/v1/billing/account/withdraw", "withdraw", "Take money off the account") {
                try await $0.withdraw($1, userID: $2, key: $3)
            },
        ]
    }

    private static func account(_ context: RouteContext) -> Route {
        Route(
            "GET", "/api/v1/billing/account", operation: "getAccount", summary: "The balance", access: .user,
            Input.token,
            output: .value("The account", Wire.accountSchema), failures: [404]
        ) { token in
            let userID = try await context.user(token)
            let answer = try await context.gateway.account(userID: userID).checked()
            return Reply(try Wire.account(answer.fields), subject: userID)
        }
    }

    private static func change(
        _ context: RouteContext, _ path: PathTemplate, _ name: String, _ summary: String,
        _ make: @escaping @Sendable (Gateway, Money, String, String?) async throws -> Gateway.Answer
    ) -> Route {
        Route(
            "POST", path, operation: name,
            summary: "\(summary); once for an Idempotency-Key, each time without one", access: .user, Input.token,
            Input.idempotencyKey, RequestObject.input(["amount": Wire.amount]) { try $0.money("amount") },
            output: .empty, failures: [404, 409, 422, 504]
        ) { token, key, amount in
            let userID = try await context.user(token)
            let answer = try await make(context.gateway, amount, userID, key).checked()
            return .answer((), answer, subject: userID)
        }
    }
}
