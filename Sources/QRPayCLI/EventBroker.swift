import CommandLineKit
import LibraryKit
import MessagingKit
import Ordering
import Payments
import SQLKit

/// The broker that carries the events of payments.
struct EventBroker: Sendable {
    let broker: any Broker
    /// The embedded one's.
    private let database: (any SQLDatabase)?

    /// The broker of the configuration; nil when none is set: events are off then.
    ///
    /// Nothing connects here: an unreachable broker stops no command.
    /// - Throws: ``Problem`` `library_missing`.
    static func configured(_ configuration: Configuration, _ context: Context) async throws -> EventBroker? {
        guard configuration.broker.isGiven else { return nil }
        if let options = try configuration.broker.rabbitMQ(context) {
            do throws(SharedLibraryError) {
                _ = try RabbitMQBroker.libraryVersion()
            } catch {
                throw Problem([error])
            }
            return EventBroker(broker: RabbitMQBroker(options), database: nil)
        }
        let database = try await OrderingStores.openBroker(at: try OrderingPlace(configuration))
        return EventBroker(
            broker: EmbeddedBroker(database, context.world, context.processes), database: database)
    }

    func close() async {
        await broker.close()
        await database?.close()
    }
}

/// Sends the events of payments beside the work of a command.
struct EventRelay: Sendable {
    private let relay: Relay
    private let broker: EventBroker

    /// Nil when events are off.
    static func configured(
        _ configuration: Configuration, _ store: Store, _ context: Context
    ) async throws -> EventRelay? {
        guard let broker = try await EventBroker.configured(configuration, context) else { return nil }
        return EventRelay(relay: store.relay(broker.broker, context.world, context.processes), broker: broker)
    }

    /// Sends what payments commit, until the result is canceled.
    func start(report: @escaping @Sendable (Relay.Pass) async -> Void) -> Task<Void, Never> {
        var relay = relay
        relay.report = report
        return Task { [relay] in await relay.run() }
    }

    /// Sends what is there.
    func flush() async -> Relay.Pass {
        let pass = await relay.flush()
        await relay.release()
        return pass
    }

    func close() async { await broker.close() }
}
