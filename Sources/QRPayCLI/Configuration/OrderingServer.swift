import Glibc
import Ordering
import OrderingCore
import Payments
import PostgresEngine
import SQLKit
import WorldKit

extension OrderingPlace {
    /// Where the settings say that the ordering system's stores are. Nothing is opened.
    init(_ configuration: Configuration) throws {
        let place = StorePlace(try configuration.path(\.ordering.storesPath))
        switch place {
        case .file(let path): self = .folder(path)
        case .server:
            self = .server(
                ServerSchemas(name: place.shown) { schema, migrations in
                    try await Self.open(place, configuration, schema, migrations, migrates: false)
                })
        }
    }

    /// The connections of a service, and of the broker.
    private static let connections = 2

    static func open(
        _ place: StorePlace, _ configuration: Configuration, _ schema: String, _ migrations: [SQLMigration],
        migrates: Bool
    ) async throws -> PostgresDatabase {
        var options = try configuration.storeServer.options(url: place.text)
        options.schema = schema
        options.connections = connections
        do {
            return try await PostgresDatabase.open(options, migrations: migrations, migrates: migrates)
        } catch let error as SQLError where error.code == .outdated {
            throw Problem(
                .store, "store_outdated", "schema \(schema) is not ready for this qrpay: \(error.message)",
                hint: "run 'qrpay store migrate --ordering', once for all hosts")
        }
    }

    /// Makes or updates every schema of the ordering system in a database.
    static func migrate(_ place: StorePlace, _ configuration: Configuration, prefix: String = standardPrefix)
        async throws
    {
        let schemas: [(String, [SQLMigration])] =
            ServiceName.allCases.map { ($0.rawValue, $0.migrations) } + [
                ("broker", [OrderingStores.brokerMigration]),
                ("payment_notifications", EventNotifications.migrations), (OrderingSecretFile.schema, [keys]),
            ]
        for (name, migrations) in schemas {
            await (try open(place, configuration, prefix + name, migrations, migrates: true)).close()
        }
    }

    static let standardPrefix = "ordering_"
    /// The fingerprints of the secret.
    static let keys = SQLMigration(version: 1, name: "keys", sql: StoreMarks.tables)
}

/// The secret of the ordering system, in a file: beside the stores, or on a server named and compared with what the
/// stores are used with.
struct OrderingSecretFile: Sendable {
    static let schema = "keys"

    /// Nil for the one in the folder of the stores.
    private let path: String?

    init(_ configuration: Configuration) throws { path = configuration.ordering.secretPath }

    /// - Throws: ``Problem`` `key_file_not_named`, `key_file_missing`, `store_keys_differ`.
    func load(_ place: OrderingPlace, _ world: World) async throws -> [UInt8] {
        guard case .server(let schemas) = place else {
            guard case .folder(let folder) = place else { preconditionFailure("a place is one of two") }
            return try OrderingSecret.load(at: path ?? "\(folder)/\(OrderingSecret.fileName)", world)
        }
        guard let path else { throw Problem.keyFileNotNamed(.ordering) }
        let database = try await schemas.open(schemas.prefix + Self.schema, [OrderingPlace.keys])
        do {
            let kept = try await database.read { try KeyFingerprints($0).kept(.ordering) }
            guard access(path, F_OK) == 0 || kept.isEmpty else { throw Problem.keyFileMissing(path, .ordering) }
            let secret = try OrderingSecret.load(at: path, world)
            let own = StoreKeys.fingerprints([secret], .ordering)
            let now = world.now()
            let verdict = try await database.write { connection in
                let keys = KeyFingerprints(connection)
                let verdict = KeyFingerprints.verdict(own, against: try keys.kept(.ordering))
                if verdict == .first { try keys.keep(own, as: .ordering, at: now) }
                return verdict
            }
            guard verdict != .differs else { throw Problem.keysDiffer(path, .ordering) }
            await database.close()
            return secret
        } catch {
            await database.close()
            throw error
        }
    }
}
