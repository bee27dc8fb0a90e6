import CommandLineKit
import HTTPKit
import MessagingKit
import Ordering
import OrderingAPI
import OrderingCore
import Payments
import WorldKit

/// Whom a command acts for, and where: a user by name or email on the stores, or the user of a login token at a server.
enum OrderingUser {
    static let user = Option(
        "user", "USER", ValueParser.orderingUser,
        summary: "The user's email address, or the name of one who has only a name; with a server, the token says who")

    /// What a command for one user needs.
    static let options: [any CommandOption] = [user, OrderingOptions.server] + OrderingOptions.local

    static let rules: [OptionRule] = [
        .alone(
            OrderingOptions.server,
            without: [user, OrderingOptions.stores, OrderingOptions.style, OrderingOptions.broker],
            hint: "the server has its own stores, and the token in QRPAY_ORDERING_TOKEN_FILE says who you are")
    ]

    /// The server given; nil for the stores.
    static func server(_ options: ParsedOptions, _ configuration: Configuration) -> String? {
        if let url = options[OrderingOptions.server] { return url }
        let local: [any CommandOption] = [user, OrderingOptions.stores]
        let isLocal = local.contains { options.isGiven($0) }
        return isLocal ? nil : configuration.ordering.serverURL
    }

    /// Runs `body` for the user, and lets the services finish what it has begun when it changes something.
    /// - Parameter seconds: how long the services may take for that.
    static func with<Value: Sendable>(
        _ options: ParsedOptions, _ context: Context, changing: Bool, seconds: Double = 30,
        _ body: @escaping @Sendable (any OrderingClient) async throws -> Value
    ) async throws -> Value {
        let configuration = try Configuration(options, environment: context.environment)
        if let url = server(options, configuration) {
            guard let token = try configuration.ordering.token.read(what: "the login token") else {
                throw Problem(
                    .unauthenticated, "token_missing", "no login token for the server",
                    hint: "qrpay ordering user login EMAIL --token-file FILE, and name it in QRPAY_ORDERING_TOKEN_FILE")
            }
            guard token.utf8.count == 64, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Problem(.invalid, "bad_token", "the login token is not 64 visible ASCII characters")
            }
            return try await body(HTTPOrderingClient(url: url, transport: context.makeTransport(), token: token))
        }
        guard let user = options[user] else {
            throw Problem(
                .invalid, "usage", "--user is missing: the stores know many users",
                hint: "--user with an email address or a name, or --server URL")
        }
        let installation = try OrderingInstallation(configuration, context)
        try requireStores(installation.place)
        return try await installation.withRuntime(context) { runtime in
            let client = LocalOrderingClient(
                runtime.gateway, userID: user.id(runtime.gateway),
                isCutOff: { await runtime.brokerFailure() != nil })
            // Nothing waits for a user who does not exist.
            do { _ = try await client.user() } catch let failure as APIFailure where failure.failure.status == 404 {
                throw Problem(
                    .notFound, "user_not_found", "user \(user.text) not found",
                    hint: "'qrpay ordering user add' registers one")
            }
            guard changing else { return try await body(client) }
            return try await settle(runtime, context, seconds: seconds) { try await body(client) }
        }
    }

    /// Runs `body` and waits for the services to finish the work that it started; prints a warning when an unreachable
    /// broker prevents that.
    static func settle<Value: Sendable>(
        _ runtime: OrderingRuntime, _ context: Context, seconds: Double = 30,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await runtime.settle(after: body, withinSeconds: seconds) { failure in
            // The change has been made, even if the warning cannot be written.
            try? context.warn(
                "\(failure.message); messages wait in the outboxes until a command or 'qrpay ordering serve' reaches it"
            )
        }
    }

    private static func requireStores(_ place: OrderingPlace) throws {
        guard !place.present.contains(.gateway) else { return }
        throw Problem(
            .notFound, "stores_not_found", "\(place.shown): no stores of an ordering system",
            hint: "'qrpay ordering user add' and 'qrpay ordering serve' create them; --stores names others")
    }
}

/// A user as a command names one.
struct NamedUser: Sendable {
    let text: String

    var isEmail: Bool { text.utf8.contains(UInt8(ascii: "@")) }

    func id(_ gateway: Gateway) -> String { isEmail ? gateway.userID(email: text) : gateway.userID(name: text) }
}

extension ValueParser where Value == NamedUser {
    static var orderingUser: ValueParser {
        ValueParser { text in
            let user = NamedUser(text: text)
            guard user.isEmail ? NameRule.isEmail(text) : !text.isEmpty && NameRule.isText(text, atMost: 200) else {
                throw InvalidValue("must be an email address, or a name of 1 to 200 bytes")
            }
            return user
        }
    }
}

extension ValueParser where Value == OrderingCore.Money {
    /// - Parameter least: the least amount.
    static func orderingAmount(atLeast least: OrderingCore.Money) -> ValueParser {
        ValueParser(range: "\(least) to \(OrderingCore.Money.maximum)") { text in
            do throws(OrderingCore.MoneyError) {
                let money = try OrderingCore.Money(decimal: text)
                guard money >= least else { throw .tooSmall(least: least) }
                return money
            } catch {
                throw InvalidValue("must be an amount: \(error.problem)")
            }
        }
    }
}

/// The options of what must not happen twice.
enum RepetitionKey {
    static let key = Option(
        "key", "KEY",
        .text("1 to 200 visible ASCII characters without quotes, slashes, ? # and %", where: NameRule.isIdentifier),
        summary: "Makes a repetition the same request, which has its effect once; default a new one")

    static func value(_ options: ParsedOptions, _ context: Context) -> String {
        options[key] ?? context.world.newID()
    }

    /// Adds to an unknown outcome how to repeat it safely.
    static func explaining<Value>(_ key: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as HTTPOrderingClient.Unanswered where !error.isUnsent {
            throw Problem(
                .pending, "no_answer", "the outcome is not known: \(error.message)",
                hint: "the same command with --key \(key), which has its effect once")
        } catch let failure as APIFailure where [503, 504].contains(failure.failure.status) {
            throw Problem(
                .pending, failure.failure.code, failure.failure.message,
                hint: "the same command with --key \(key), which has its effect once")
        }
    }
}
