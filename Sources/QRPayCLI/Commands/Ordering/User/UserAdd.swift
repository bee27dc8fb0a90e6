import CommandLineKit
import JSONKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments

enum UserAdd {
    private static let user = Argument(
        "USER", ValueParser.orderingUser, summary: "An email address, or a name for a user who cannot log in")
    private static let firstName = Option("first-name", "NAME", .text, summary: "The first name")
    private static let lastName = Option("last-name", "NAME", .text, summary: "The last name")
    private static let phone = Option("phone", "NUMBER", .text, summary: "The phone number")

    static let command = Command(
        CommandSpec(
            path: ["ordering", "user", "add"], summary: "Register a user of the ordering system",
            discussion: """
                A user with an email address has a password, read from the file or from standard input, and logs in at \
                a server. A user with only a name has none. The same again changes nothing.
                """,
            arguments: [user],
            options: [UserPassword.file, firstName, lastName, phone, OrderingOptions.server] + OrderingOptions.local,
            rules: [UserLogin.serverRule],
            check: { options in
                let isNamed = !options[user].isEmail
                let extra: [any CommandOption] = [UserPassword.file, firstName, lastName, phone]
                if isNamed, let given = extra.first(where: { options.isGiven($0) }) {
                    throw Problem(.invalid, "usage", "\(given.label) is for users with an email address")
                }
            },
            examples: [
                ExampleSpec(
                    command: "qrpay ordering user add pavel@example.com --first-name Pavel --password-file password",
                    summary: "Register a user who can log in"),
                ExampleSpec(command: "qrpay ordering user add Pavel", summary: "Register a user who has only a name"),
            ]), libraries: [.http, .signing, .localBroker]
    ) { options, context in
        let user = options[user]
        let configuration = try Configuration(options, environment: context.environment)
        let registration: Gateway.Registration? =
            user.isEmail
            ? Gateway.Registration(
                email: user.text, password: try UserPassword.read(options, context),
                firstName: options[firstName] ?? "", lastName: options[lastName] ?? "", phone: options[phone] ?? "")
            : nil
        if let registration, let flaw = PasswordRule.flaw(registration.password, email: registration.email) {
            throw Problem(.invalid, "weak_password", "the password \(flaw)")
        }
        let added: User?
        if let url = OrderingUser.server(options, configuration) {
            let client = HTTPOrderingClient(url: url, transport: context.makeTransport(), token: nil)
            added = try await registration.asyncMap { try await client.register($0) }
            if added == nil { try await client.register(name: user.text) }
        } else {
            added = try await OrderingInstallation(configuration, context).withRuntime(context) { runtime in
                try await OrderingUser.settle(runtime, context) {
                    try await register(user, registration, runtime.gateway)
                }
            }
        }
        context.did("user \(user.text) is registered")
        try context.show(
            UserOutput(user: added ?? User(id: "", email: nil, firstName: user.text)), asJSON: options.isJSON)
        return .done
    }

    private static func register(
        _ user: NamedUser, _ registration: Gateway.Registration?, _ gateway: Gateway
    ) async throws -> User {
        let answer =
            if let registration { try await gateway.register(registration) } else {
                try await gateway.register(name: user.text)
            }
        return try answer.registeredUser()
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        if let self { try await transform(self) } else { nil }
    }
}

/// A password from a file or standard input; never an argument.
enum UserPassword {
    static let file = Option(
        "password-file", "FILE", .file, shownDefault: "standard input",
        summary: "The file that holds the password; a line end after it is not part of it")

    static func read(_ options: ParsedOptions, _ context: Context) throws -> String {
        if let path = options[file], path != "-" {
            return Secret.withoutLineEnd(try LocalFile.readText(path, maximumBytes: 4096, what: "the password"))
        }
        return Secret.withoutLineEnd(String(decoding: try context.readInput(4096), as: UTF8.self))
    }
}

/// A user as every command shows one.
struct UserOutput: Detailed {
    var user: User

    var json: JSONObject {
        [
            "user_id": user.id.isEmpty ? nil : user.id, "email": user.email?.isEmpty == false ? user.email : nil,
            "first_name": user.firstName, "last_name": user.lastName, "phone": user.phone,
        ]
    }

    var details: [(label: String, value: String?)] {
        func shown(_ text: String?) -> String? { text?.isEmpty == false ? text : nil }
        return [
            ("user", shown(user.id)), ("email", shown(user.email)), ("first name", shown(user.firstName)),
            ("last name", shown(user.lastName)), ("phone", shown(user.phone)),
        ]
    }
}
