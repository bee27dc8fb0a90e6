import Glibc
import Ordering
import OrderingCore
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine
import WorldKit

extension OrderingPlace {
    /// Where the settings place the ordering system's stores. It opens nothing.
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

    /// The number of connections per service, and for the broker.
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

    /// Creates or updates every schema of the ordering system in a database.
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

/// The secret of the ordering system, in a file. In a folder the file is beside the stores; on a server the settings
/// name it, and it is compared with the secret that the stores are used with.
struct OrderingSecretFile: Sendable {
    static let schema = "keys"

    /// Nil for the file in the stores' folder.
    private let path: String?

    init(_ configuration: Configuration) throws { path = configuration.ordering.secretPath }

    /// The secret, created on the first use of an installation.
    /// - Throws: ``Problem`` `key_file_not_named`, `key_file_missing`, `store_keys_differ`; ``SQLKit/SQLError``.
    func load(_ place: OrderingPlace, _ world: World) async throws -> [UInt8] {
        // Before looking for the file: another process creates it before its stores.
        let isUsed = Self.hasStores(place)
        let path = try path(at: place)
        if case .folder(let folder) = place { try OrderingStores.makeFolder(folder) }
        let now = world.now()
        return try await Self.withKeys(of: place) { database in
            let kept = try await database.read { try KeyFingerprints($0).kept(.ordering) }
            guard access(path, F_OK) == 0 || kept.isEmpty && !isUsed else { throw Self.missing(path, place) }
            let secret = try OrderingSecret.load(at: path, world)
            let own = StoreKeys.fingerprints([secret], .ordering)
            var verdict = KeyFingerprints.verdict(own, against: kept)
            if verdict == .first {
                verdict = try await database.write { connection in
                    let keys = KeyFingerprints(connection)
                    let verdict = KeyFingerprints.verdict(own, against: try keys.kept(.ordering))
                    if verdict == .first { try keys.keep(own, as: .ordering, at: now) }
                    return verdict
                }
            }
            guard verdict != .differs else { throw Self.differs(path, place) }
            return secret
        }
    }

    /// Compares the secret with the one that the stores are used with. It creates nothing.
    /// - Returns: the file; nil when there are no stores yet.
    /// - Throws: as ``load(_:_:)``.
    func check(_ place: OrderingPlace) async throws -> String? {
        let path = try path(at: place)
        if case .folder(let folder) = place {
            guard Self.hasStores(place) else { return nil }
            guard access(path, F_OK) == 0 else { throw Self.missing(path, place) }
            guard access(Self.keys(in: folder), F_OK) == 0 else { return path }
        }
        let kept = try await Self.withKeys(of: place) { database in
            try await database.read { try KeyFingerprints($0).kept(.ordering) }
        }
        guard let secret = try OrderingSecret.known(path) else {
            if kept.isEmpty { return nil }
            throw Self.missing(path, place)
        }
        let verdict = KeyFingerprints.verdict(StoreKeys.fingerprints([secret], .ordering), against: kept)
        guard verdict != .differs else { throw Self.differs(path, place) }
        return path
    }

    // MARK: Parts

    private func path(at place: OrderingPlace) throws -> String {
        if let path { return path }
        guard case .folder(let folder) = place else { throw Problem.keyFileNotNamed(.ordering) }
        return "\(folder)/\(OrderingSecret.fileName)"
    }

    private static func hasStores(_ place: OrderingPlace) -> Bool {
        // On a server the schemas are created before the first use.
        if case .folder = place { !place.present.isEmpty } else { false }
    }

    /// The store of the fingerprints in a folder: a separate one, because a machine may run any of the services.
    private static func keys(in folder: String) -> String { "\(folder)/\(schema).db" }

    private static func withKeys<Value: Sendable>(
        of place: OrderingPlace, _ body: (any SQLDatabase) async throws -> Value
    ) async throws -> Value {
        let database: any SQLDatabase
        switch place {
        case .folder(let folder):
            var options = SQLiteOptions()
            options.readers = 1
            database = try await SQLiteDatabase.open(
                .file(path: keys(in: folder)), migrations: [OrderingPlace.keys], options: options)
        case .server(let schemas):
            database = try await schemas.open(schemas.prefix + schema, [OrderingPlace.keys])
        }
        let result: Result<Value, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.close()
        return try result.get()
    }

    private static func missing(_ path: String, _ place: OrderingPlace) -> Problem {
        var problem = Problem.keyFileMissing(path, .ordering)
        if case .folder = place { problem.nextStep = .words(restoring) }
        return problem
    }

    private static func differs(_ path: String, _ place: OrderingPlace) -> Problem {
        var problem = Problem.keysDiffer(path, .ordering)
        if case .folder = place { problem.nextStep = .words(restoring) }
        return problem
    }

    private static let restoring =
        "put back the file that the stores were used with, from a backup or another machine: users and their money "
        + "are found with it"
}
