import CommandLineKit
import FoundationEssentials
import MessagingKit
import Ordering
import Payments
import SQLKit
import SQLiteEngine

/// What the commands about events of payments share.
enum EventOptions {
    static let broker = SettingTable.flag(of: SettingTable.broker)
    static let stores = SettingTable.flag(of: SettingTable.orderingStores)

    static let all: [any CommandOption] = [broker, stores]

    static let noBroker = Problem(
        .invalid, "broker_not_set", "no broker is set, so payments publish no events",
        hint: "set broker in the configuration, QRPAY_BROKER, or --broker: \(BrokerSettings.embedded) or "
            + BrokerSettings.form)

    /// The subscriber's store, in the folder of stores that are not the payments' own.
    /// - Parameter isMade: whether it is made if it is missing; otherwise an empty one takes its place.
    static func notifications(
        _ configuration: Configuration, _ context: Context, isMade: Bool
    ) async throws -> EventNotifications {
        let folder: String
        switch try OrderingPlace(configuration) {
        case .folder(let path): folder = path
        case .server(let schemas):
            return EventNotifications(
                try await schemas.open("\(schemas.prefix)payment_notifications", EventNotifications.migrations),
                context.world)
        }
        let path = "\(folder)/payment-notifications.db"
        let exists = FileManager.default.fileExists(atPath: path)
        if !exists, !isMade {
            try context.warn("\(path): the store does not exist yet; 'qrpay events consume' creates it")
        }
        var sqlite = SQLiteOptions()
        sqlite.createsDirectory = true
        let database = try await SQLiteDatabase.open(
            exists || isMade ? .file(path: path) : .memory, migrations: EventNotifications.migrations, options: sqlite)
        return EventNotifications(database, context.world)
    }
}
