import CommandLineKit
import JSONKit
import OrderingAPI
import OrderingCore
import Payments

enum AccountShow {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "account", "show"], summary: "Show a user's balance", options: OrderingUser.options,
            rules: OrderingUser.rules,
            examples: [
                ExampleSpec(
                    command: "qrpay ordering account show --user Pavel --json | jq -r .balance",
                    summary: "Get the balance in a script")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let account = try await OrderingUser.with(options, context, changing: false) { try await $0.account() }
        try context.show(AccountOutput(account: account), asJSON: options.isJSON)
        return .done
    }
}

/// A deposit or a withdrawal.
struct AccountChange: Sendable {
    private static let amount = Argument(
        "AMOUNT", .orderingAmount(atLeast: .minorUnit), summary: "The amount, with at most two decimals")

    static let deposit = AccountChange(
        verb: "deposit", past: "deposited", summary: "Put money on a user's account"
    ) { try await $0.deposit($1, key: $2) }.command
    static let withdraw = AccountChange(
        verb: "withdraw", past: "withdrawn", summary: "Take money off a user's account"
    ) { try await $0.withdraw($1, key: $2) }.command

    private let verb: String
    private let past: String
    private let summary: String
    private let change: @Sendable (any OrderingClient, OrderingCore.Money, String) async throws -> Void

    private init(
        verb: String, past: String, summary: String,
        change: @escaping @Sendable (any OrderingClient, OrderingCore.Money, String) async throws -> Void
    ) {
        self.verb = verb
        self.past = past
        self.summary = summary
        self.change = change
    }

    private var command: Command {
        Command(
            CommandSpec(
                path: ["ordering", "account", verb], summary: summary, arguments: [Self.amount],
                options: [RepetitionKey.key] + OrderingUser.options, rules: OrderingUser.rules,
                examples: [
                    ExampleSpec(
                        command: "qrpay ordering account \(verb) 100.50 --user Pavel --key monday",
                        summary: "Once, however often it is repeated")
                ],
                exitStatuses: [ExitStatusSpec(status: ExitStatus.negative.code, meaning: "Not enough money")]),
            libraries: [.http, .signing, .localBroker]
        ) { [self] options, context in
            let amount = options[Self.amount]
            let key = RepetitionKey.value(options, context)
            let account = try await RepetitionKey.explaining(key) {
                try await OrderingUser.with(options, context, changing: true) { [change] client in
                    try await change(client, amount, key)
                    return try await client.account()
                }
            }
            context.did("\(amount) is \(past)", look: "qrpay ordering account show")
            try context.show(AccountOutput(account: account), asJSON: options.isJSON)
            return .done
        }
    }
}

struct AccountOutput: Detailed {
    var account: Account

    var json: JSONObject { ["user_id": account.userID, "balance": account.balance.decimal] }

    var details: [(label: String, value: String?)] {
        [("user", account.userID), ("balance", account.balance.decimal)]
    }
}
