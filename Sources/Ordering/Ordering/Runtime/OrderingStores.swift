import Glibc
import MessagingKit
package import OrderingCore
package import SQLKit
import SQLiteEngine

/// Where the services keep their stores.
package enum OrderingPlace: Sendable {
    /// One file per service in a folder.
    case folder(String)
    /// One schema per service in a database on a server.
    case server(ServerSchemas)
}

/// The services' schemas in a database on a server. They are created beforehand: a missing store is an error.
package struct ServerSchemas: Sendable {
    /// The name of the database for people, without a password.
    package var name: String
    /// The prefix of each schema's name.
    package var prefix: String
    package var open: @Sendable (_ schema: String, [SQLMigration]) async throws -> any SQLDatabase

    package init(
        name: String, prefix: String = "ordering_",
        open: @escaping @Sendable (_ schema: String, [SQLMigration]) async throws -> any SQLDatabase
    ) {
        (self.name, self.prefix, self.open) = (name, prefix, open)
    }

    func database(_ name: String, _ migrations: [SQLMigration]) async throws -> any SQLDatabase {
        try await open(prefix + name, migrations)
    }
}

extension OrderingPlace {
    /// For messages.
    package var shown: String {
        switch self {
        case .folder(let path): path
        case .server(let schemas): schemas.name
        }
    }

    /// The services that have a store; on a server all of them, because a missing one is reported when it is opened.
    package var present: Set<ServiceName> {
        guard case .folder(let path) = self else { return Set(ServiceName.allCases) }
        return Set(ServiceName.allCases.filter { access(OrderingStores.path(of: $0, in: path), F_OK) == 0 })
    }
}

/// The stores of services and of the embedded broker.
package struct OrderingStores: Sendable {
    package let place: OrderingPlace
    /// The style that the stores are used with, and recorded.
    package let style: Style
    package let databases: [ServiceName: any SQLDatabase]
    /// The embedded broker's; nil when another one is used.
    package let broker: (any SQLDatabase)?
    /// Nil on a server, where used stores cannot change their style.
    private let lock: StyleLock?

    /// ``open(at:services:style:hasBroker:readers:)`` in a folder.
    package static func open(
        folder: String, services: Set<ServiceName> = Set(ServiceName.allCases), style: StyleName?,
        hasBroker: Bool = true, readers: Int = 4
    ) async throws -> OrderingStores {
        try await open(
            at: .folder(folder), services: services, style: style, hasBroker: hasBroker, readers: readers)
    }

    /// Opens stores and, in a folder, creates missing ones.
    ///
    /// The style belongs to the place: the stores of all services count, whether or not their processes are running.
    /// - Parameters:
    ///   - style: nil for the one that the stores were used with, or hybrid.
    ///   - hasBroker: whether the embedded broker is used.
    /// - Throws: ``StyleDiffers``; ``SQLKit/SQLError``.
    package static func open(
        at place: OrderingPlace, services: Set<ServiceName> = Set(ServiceName.allCases), style: StyleName?,
        hasBroker: Bool = true, readers: Int = 4
    ) async throws -> OrderingStores {
        var lock: StyleLock?
        if case .folder(let folder) = place {
            try makeFolder(folder)
            lock = try StyleLock(folder: folder)
        }
        var databases: [ServiceName: any SQLDatabase] = [:]
        var others: [ServiceName: any SQLDatabase] = [:]
        var broker: (any SQLDatabase)?
        let result: Result<OrderingStores, any Error>
        do {
            for service in services.sorted(by: { $0.rawValue < $1.rawValue }) {
                databases[service] = try await openStore(of: service, at: place, readers: readers)
            }
            if hasBroker { broker = try await openBroker(at: place, readers: readers) }
            var decision: StyleDecision?
            if case .folder(let folder) = place { decision = try await StyleDecision(folder: folder) }
            defer { decision?.release() }
            for service in place.present.subtracting(services) {
                others[service] = try await openStore(of: service, at: place, readers: 1)
            }
            let name = try await use(style, databases.merging(others) { $1 }, broker, lock)
            result = .success(
                OrderingStores(place: place, style: Style(name), databases: databases, broker: broker, lock: lock))
        } catch {
            for database in databases.values { await database.close() }
            await broker?.close()
            lock?.release()
            result = .failure(error)
        }
        for database in others.values { await database.close() }
        return try result.get()
    }

    /// The style that the stores of a place were used with; nil if they have none. It creates nothing.
    /// - Throws: ``SQLKit/SQLError``.
    package static func recordedStyle(at place: OrderingPlace) async throws -> StyleName? {
        for service in ServiceName.allCases where place.present.contains(service) {
            let database = try await openStore(of: service, at: place, readers: 1)
            let style: Result<StyleName?, any Error>
            do {
                style = .success(try await database.read { try StyleRecord($0).style() })
            } catch {
                style = .failure(error)
            }
            await database.close()
            if let style = try style.get() { return style }
        }
        return nil
    }

    private static func openStore(
        of service: ServiceName, at place: OrderingPlace, readers: Int
    ) async throws -> any SQLDatabase {
        switch place {
        case .server(let schemas): return try await schemas.database(service.rawValue, service.migrations)
        case .folder(let folder):
            var options = SQLiteOptions()
            options.readers = readers
            return try await SQLiteDatabase.open(
                .file(path: path(of: service, in: folder)), migrations: service.migrations, options: options)
        }
    }

    /// With the folders that it is in, each for its owner alone.
    package static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        let (number, parent) = (errno, path.split(separator: "/").dropLast().joined(separator: "/"))
        guard number == ENOENT, !parent.isEmpty else { throw SQLError(path, number) }
        try makeFolder(path.hasPrefix("/") ? "/\(parent)" : parent)
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw SQLError(path, errno) }
    }

    package static func path(of service: ServiceName, in folder: String) -> String {
        "\(folder)/\(service.rawValue).db"
    }

    /// The database of the embedded broker alone.
    package static func openBroker(at place: OrderingPlace, readers: Int = 1) async throws -> any SQLDatabase {
        let folder: String
        switch place {
        case .folder(let path): folder = path
        case .server(let schemas): return try await schemas.database("broker", [brokerMigration])
        }
        var options = SQLiteOptions()
        options.createsDirectory = true
        options.readers = readers
        return try await SQLiteDatabase.open(
            .file(path: "\(folder)/broker.db"), migrations: [brokerMigration], options: options)
    }

    /// The schema of the embedded broker's database.
    package static let brokerMigration = SQLMigration(version: 1, name: "broker", sql: EmbeddedQueues.tables)

    package func close() async {
        for database in databases.values { await database.close() }
        await broker?.close()
        lock?.release()
    }

    /// Decides and records the style.
    private static func use(
        _ wanted: StyleName?, _ databases: [ServiceName: any SQLDatabase], _ broker: (any SQLDatabase)?,
        _ lock: StyleLock?
    ) async throws -> StyleName {
        var recorded: [ServiceName: StyleName] = [:]
        for (service, database) in databases {
            recorded[service] = try await database.read { try StyleRecord($0).style() }
        }
        let style = wanted ?? ServiceName.allCases.compactMap { recorded[$0] }.first ?? .hybrid
        let others = recorded.filter { $0.value != style }
        if let (service, other) = others.min(by: { $0.key.rawValue < $1.key.rawValue }) {
            let isDone: Void? = try await lock?.alone {
                try await expectRest(others, style, databases)
                let waiting = try await broker?.read(messages) ?? 0
                guard waiting == 0 else {
                    throw StyleDiffers(
                        service: service, recorded: other, wanted: style, reason: .unfinished(waiting))
                }
                try await record(style, databases)
            }
            guard isDone != nil else {
                throw StyleDiffers(service: service, recorded: other, wanted: style, reason: .inUse)
            }
        } else if recorded.count < databases.count {
            try await record(style, databases)
        }
        return style
    }

    /// How many messages wait for the services; other programs may have queues in the same broker.
    private static func messages(_ connection: any SQLConnection) throws -> Int {
        let queues = Set(ServiceName.allCases.map(Style.queue))
        return try EmbeddedQueues(connection).depths().reduce(0) { queues.contains($1.key) ? $0 + $1.value : $0 }
    }

    private static func expectRest(
        _ others: [ServiceName: StyleName], _ style: StyleName, _ databases: [ServiceName: any SQLDatabase]
    ) async throws {
        for service in ServiceName.allCases {
            guard let other = others[service], let database = databases[service] else { continue }
            let count = try await database.read { try StyleRecord($0).unfinished(of: service) }
            guard count == 0 else {
                throw StyleDiffers(service: service, recorded: other, wanted: style, reason: .unfinished(count))
            }
        }
    }

    private static func record(_ style: StyleName, _ databases: [ServiceName: any SQLDatabase]) async throws {
        for database in databases.values { try await database.write { try StyleRecord($0).set(style) } }
    }
}
