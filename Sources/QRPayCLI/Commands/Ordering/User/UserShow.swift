import CommandLineKit
import OrderingAPI
import OrderingCore

enum UserShow {
    static let command = Command(
        CommandSpec(
            path: ["ordering", "user", "show"], summary: "Show a user of the ordering system",
            options: OrderingUser.options, rules: OrderingUser.rules,
            examples: [
                ExampleSpec(command: "qrpay ordering user show --user pavel@example.com", summary: "By email address"),
                ExampleSpec(
                    command: "qrpay ordering user show --server http://127.0.0.1:8790 --json",
                    summary: "The user of the login token"),
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let user = try await OrderingUser.with(options, context, changing: false) { try await $0.user() }
        try context.show(UserOutput(user: user), asJSON: options.isJSON)
        return .done
    }
}
