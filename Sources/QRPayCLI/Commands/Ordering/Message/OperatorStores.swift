import CommandLineKit
import MessagingKit
import Ordering
import OrderingCore
import Payments
import QueueKit
import SQLKit

/// The stores of the ordering system as operators look at them: those that exist, in the style that they were used
/// with.
struct OperatorStores: Sendable {
    static let service = Option(
        repeated: "service", "NAME", ValueParser<ServiceName>.word, summary: "Only this service")

    let place: OrderingPlace
    let style: Style
    let databases: [ServiceName: any SQLDatabase]
    let desk: MessageDesk
    private let stores: OrderingStores?

    /// Runs `body` with the stores, and closes them.
    /// - Parameter needed: if its store is missing, that is an error and not a warning.
    static func using(
        _ options: ParsedOptions, _ context: Context, services: [ServiceName] = [], needed: ServiceName? = nil,
        _ body: (OperatorStores) async throws -> ExitStatus
    ) async throws -> ExitStatus {
        let place = try OrderingPlace(Configuration(options, environment: context.environment))
        if let needed, !place.present.contains(needed) {
            throw Problem(
                .notFound, "stores_not_found", "\(place.shown): the service \(needed.rawValue) has no store here",
                hint: "--stores names another folder")
        }
        let stores = try await OperatorStores(place, services, context)
        do {
            let status = try await body(stores)
            await stores.stores?.close()
            return status
        } catch {
            await stores.stores?.close()
            throw error
        }
    }

    private init(_ place: OrderingPlace, _ services: [ServiceName], _ context: Context) async throws {
        var present = place.present
        if !services.isEmpty { present.formIntersection(services) }
        self.place = place
        guard !present.isEmpty else {
            try context.warn("\(place.shown): no store of the ordering system is there yet; nothing is found")
            (stores, style, databases) = (nil, Style(.hybrid), [:])
            desk = MessageDesk(style, databases, context.world)
            return
        }
        let stores = try await OrderingStores.open(
            at: place, services: present, style: nil, hasBroker: false)
        self.stores = stores
        (style, databases) = (stores.style, stores.databases)
        desk = MessageDesk(style, databases, context.world)
    }
}

extension OrderingInstallation {
    /// The broker in use: RabbitMQ, or the embedded one in the folder of the stores, which is made if it is missing.
    /// - Parameter timeoutSeconds: for reaching RabbitMQ, and for its answers.
    func withBroker<Value>(
        _ context: Context, timeoutSeconds: Double = 5, _ body: (any Broker) async throws -> Value
    ) async throws -> Value {
        var database: (any SQLDatabase)?
        let broker: any Broker
        if var options = rabbitMQ {
            options.connectTimeoutSeconds = timeoutSeconds
            options.requestTimeoutSeconds = timeoutSeconds
            options.confirmTimeoutSeconds = timeoutSeconds
            broker = RabbitMQBroker(options)
        } else {
            let opened = try await OrderingStores.openBroker(at: place)
            database = opened
            broker = EmbeddedBroker(opened, context.world, context.processes)
        }
        func end() async {
            await broker.close()
            await database?.close()
        }
        do {
            let value = try await body(broker)
            await end()
            return value
        } catch {
            await end()
            throw error
        }
    }
}
