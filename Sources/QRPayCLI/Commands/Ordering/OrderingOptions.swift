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
    let place: OrderingPlace
    private let secrets: OrderingSecretFile
    /// From an option, a variable or the configuration file; nil for the style that the stores were used with.
    let givenStyle: StyleName?
    /// Nil for the embedded broker, which is in the folder.
    let rabbitMQ: RabbitMQOptions?

    init(_ options: ParsedOptions, _ context: Context) throws {
        try self.init(Configuration(options, environment: context.environment), context)
    }

    init(_ configuration: Configuration, _ context: Context) throws {
        place = try OrderingPlace(configuration)
        secrets = try OrderingSecretFile(configuration)
        givenStyle = configuration.ordering.style
        rabbitMQ = try configuration.broker.rabbitMQ(context)
    }

    /// The given style; otherwise the one that the stores were used with, or hybrid. It creates nothing.
    func style() async throws -> Style {
        let name: StyleName?
        if let givenStyle { name = givenStyle } else { name = try await OrderingStores.recordedStyle(at: place) }
        return Style(name ?? .hybrid)
    }

    /// The secret of the installation, created on first use.
    func secret(_ world: World) async throws -> [UInt8] { try await secrets.load(place, world) }

    /// Compares the secret with the one that the stores are used with. It creates nothing.
    /// - Returns: the secret's file; nil when there are no stores yet.
    func checkSecret() async throws -> String? { try await secrets.check(place) }

    /// - Parameter threads: where keys of passwords are derived.
    func passwordKeys(_ world: World, threads: PasswordThreads? = PasswordThreads()) async throws -> PasswordKeys {
        PasswordKeys(secret: try await secret(world), threads: threads)
    }

    /// Runs `body` with services of this process, which are not at work yet, and closes their stores afterwards.
    /// - Parameter remote: reaches the services of other processes.
    func withRuntime<Value: Sendable>(
        _ context: Context, services: Set<ServiceName> = Set(ServiceName.allCases),
        remote: (any ServiceTransport)? = nil, options: OrderingRuntime.Options = OrderingRuntime.Options(),
        _ body: (OrderingRuntime) async throws -> Value
    ) async throws -> Value {
        let keys = try await passwordKeys(context.world)
        let stores = try await OrderingStores.open(
            at: place, services: services, style: givenStyle, hasBroker: rabbitMQ == nil)
        let broker: any Broker =
            if let database = stores.broker {
                EmbeddedBroker(database, context.world, context.processes)
            } else if let rabbitMQ {
                RabbitMQBroker(rabbitMQ)
            } else {
                preconditionFailure("the embedded broker has a store")
            }
        let runtime = OrderingRuntime(
            stores.style, services: services, databases: stores.databases, broker: broker, world: context.world,
            processes: context.processes, keys: keys, remote: remote, options: options)
        let result: Result<Value, any Error>
        do { result = .success(try await body(runtime)) } catch { result = .failure(error) }
        await broker.close()
        await stores.close()
        return try result.get()
    }
}
