import MessagingKit
import Payments

/// What carries messages: the store of this installation, or a RabbitMQ.
struct BrokerSettings: Sendable {
    /// Whether it was set at all. The ordering system uses the embedded one if not; payments publish nothing then.
    let isGiven: Bool
    /// Nil for the embedded one.
    let address: AMQPAddress?
    /// From the URL; nil for the secret.
    private let passwordInURL: String?
    private let secret: Secret
    /// Whether other users of the machine can see the password, because it is in an argument.
    private let isPasswordVisible: Bool

    /// The word for the embedded broker.
    static let embedded = "embedded"
    /// The form of a URL, for descriptions.
    static let form = "amqp://USER@HOST:PORT/VHOST"

    /// The address and the password in a text; both nil for the embedded broker.
    static func address(_ text: String) throws(SettingSpec.Flaw) -> (AMQPAddress?, password: String?) {
        guard text != embedded else { return (nil, nil) }
        do throws(AMQPAddressError) {
            return try AMQPAddress.withPassword(text)
        } catch {
            // The text may hold a password and is not shown.
            throw SettingSpec.Flaw(reason: "must be \(embedded) or the URL of a RabbitMQ: \(error)")
        }
    }

    init(_ sources: SettingSources) throws {
        do throws(SettingSpec.Flaw) {
            (address, passwordInURL) = try Self.address(sources[SettingTable.broker])
        } catch {
            throw Problem(.invalid, "usage", "\(SettingTable.broker.key): \(error.reason)")
        }
        secret = sources.secret(SettingTable.brokerPassword)
        isGiven = if case .standard = sources.source(of: SettingTable.broker.key) { false } else { true }
        if case .flag = sources.source(of: SettingTable.broker.key) {
            isPasswordVisible = passwordInURL != nil
        } else {
            isPasswordVisible = false
        }
    }

    /// How to reach the RabbitMQ at a URL given as an argument, with the password of the settings unless it has one.
    /// - Throws: ``Problem`` `usage` for the embedded broker, and for what is not the URL of a RabbitMQ.
    func rabbitMQ(url: String, _ context: Context) throws -> RabbitMQOptions {
        let (address, password): (AMQPAddress?, String?)
        do throws(SettingSpec.Flaw) {
            (address, password) = try Self.address(url)
        } catch {
            throw Problem(.invalid, "usage", "URL \(error.reason)")
        }
        guard let address else { throw Problem(.invalid, "usage", "URL must be \(Self.form)") }
        return try rabbitMQ(address, passwordInURL: password, isPasswordVisible: password != nil, context)
    }

    /// How to reach the RabbitMQ; nil for the embedded broker.
    ///
    /// A password in the URL counts before the secret; without any, the user `guest` has RabbitMQ's own, `guest`.
    /// - Throws: ``Problem`` `password_missing`, or why the file cannot be read.
    func rabbitMQ(_ context: Context) throws -> RabbitMQOptions? {
        guard let address else { return nil }
        return try rabbitMQ(
            address, passwordInURL: passwordInURL, isPasswordVisible: isPasswordVisible, context)
    }

    private func rabbitMQ(
        _ address: AMQPAddress, passwordInURL: String?, isPasswordVisible: Bool, _ context: Context
    ) throws -> RabbitMQOptions {
        if isPasswordVisible {
            try context.warn(
                "the password in the broker's URL is visible to all users of this machine; name a file with it in "
                    + "QRPAY_BROKER_PASSWORD_FILE instead")
        }
        let password = try passwordInURL ?? secret.readPassword(what: "the broker's password")
        guard let password = password ?? (address.user == "guest" ? "guest" : nil) else {
            throw Problem(
                .unauthenticated, "password_missing", "no password for the broker \(address)",
                hint: "name a file with it in QRPAY_BROKER_PASSWORD_FILE")
        }
        return RabbitMQOptions(address: address, password: password)
    }
}
