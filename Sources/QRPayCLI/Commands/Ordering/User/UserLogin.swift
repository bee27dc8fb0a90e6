import CommandLineKit
import JSONKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments

enum UserLogin {
    private static let user = Argument(
        "EMAIL", .text("an email address", where: NameRule.isEmail), summary: "The user's email address")
    private static let tokenFile = Option(
        "token-file", "FILE", .file, shownDefault: "standard output",
        summary: "Write the token into this file, which only you can read")

    static let serverRule = OptionRule.alone(
        OrderingOptions.server, without: [OrderingOptions.stores, OrderingOptions.style, OrderingOptions.broker],
        hint: "the server has its own stores")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "user", "login"], summary: "Log in, and get a token for the server",
            discussion: """
                The password is read from the file or from standard input. The token is valid for seven days; the \
                commands read it from the file that QRPAY_ORDERING_TOKEN_FILE names.
                """,
            arguments: [user], options: [UserPassword.file, tokenFile, OrderingOptions.server] + OrderingOptions.local,
            rules: [serverRule],
            examples: [
                ExampleSpec(
                    command:
                        "qrpay ordering user login pavel@example.com --password-file password --token-file token",
                    summary: "Keep the token in a file")
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let configuration = try Configuration(options, environment: context.environment)
        let email = options[user]
        let password = try UserPassword.read(options, context)
        let token: String
        if let url = OrderingUser.server(options, configuration) {
            token = try await HTTPOrderingClient(url: url, transport: context.makeTransport(), token: nil)
                .logIn(email: email, password: password)
        } else {
            token = try await OrderingInstallation(configuration, context).withRuntime(context) { runtime in
                guard let token = try await runtime.gateway.logIn(email: email, password: password) else {
                    throw Problem(.unauthenticated, "wrong_credentials", "wrong email or password")
                }
                return token
            }
        }
        guard let path = options[tokenFile] else {
            if options.isJSON {
                let json: JSONObject = ["access_token": token]
                try context.output.write(try JSONText.render(json))
            } else {
                try context.output.write("\(token)\n")
            }
            return .done
        }
        try LocalFile.write(Array("\(token)\n".utf8), to: path, mode: 0o600)
        return .done
    }
}
