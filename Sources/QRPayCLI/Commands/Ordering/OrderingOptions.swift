import CommandLineKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import WorldKit

/// The options shared by the commands of the ordering system.
enum OrderingOptions {
    /// Where `qrpay ordering serve` listens.
    static let defaultAddress = "127.0.0.1:8790"

    static let stores = SettingTable.flag(of: SettingTable.orderingStores)
    static let style = SettingTable.flag(of: SettingTable.orderingStyle)
    static let broker = SettingTable.flag(of: SettingTable.broker)
    static let server = Option(
        "server", "URL", .text, environment: SettingTable.orderingServer.spec.environment,
        summary: "Use the 'qrpay ordering serve' at this address instead of stores")

    /// What a command needs that works on stores.
    static let local: [any CommandOption] = [stores, style, broker]
}

/// An installation of the ordering system: where its stores are, and how its services communicate.
struct OrderingInstallation: Sendable {
    let folder: String
    let style: StyleName
    /// Nil for the embedded broker, which is in the folder.
    let rabbitMQ: RabbitMQOptions?

    init(_ options: ParsedOptions, _ context: Context) throws {
        try self.init(Configuration(options, environment: context.environment), context)
    }

    init(_ configuration: Configuration, _ context: Context) throws {
        folder = try configuration.path(\.ordering.storesPath)
        style = configuration.ordering.style
        rabbitMQ = try configuration.broker.rabbitMQ(context)
    }

    /// The secret of the installation, created on first use.
    func secret(_ world: World) throws -> [UInt8] { try OrderingSecret.load(folder: folder, world) }

    func passwordKeys(_ world: World) throws -> PasswordKeys { PasswordKeys(secret: try secret(world)) }
}
