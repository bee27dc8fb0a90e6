import Glibc
import MessagingKit
package import OrderingCore
package import SQLKit
import SQLiteEngine

/// The stores of services in a folder, one file each, and the embedded broker's.
package struct OrderingStores: Sendable {
    package let folder: String
    /// The style that the stores are used with, and recorded.
    package let style: Style
    package let databases: [ServiceName: any SQLDatabase]
    /// The embedded broker's; nil when another one is used.
    package let broker: (any SQLDatabase)?
    private let lock: StyleLock

    /// Opens stores, and makes what is missing.
    ///
    /// The style is the folder's: the stores of the other services count too, whether their processes run or not.
    /// - Parameters:
    ///   - style: nil for the one that the stores were used with, or hybrid.
    ///   - hasBroker: whether the embedded broker is used.
    /// - Throws: ``StyleDiffers``; ``SQLKit/SQLError``.
    package static func open(
        folder: String, services: Set<ServiceName> = Set(ServiceName.allCases), style: StyleName?,
        hasBroker: Bool = true, readers: Int = 4
    ) async throws -> OrderingStores {
        try makeFolder(folder)
        let lock = try StyleLock(folder: folder)
        var databases: [ServiceName: any SQLDatabase] = [:]
        var others: [ServiceName: any SQLDatabase] = [:]
        var broker: (any SQLDatabase)?
        let result: Result<OrderingStores, any Error>
        do {
            for service in services { databases[service] = try await open(service, in: folder, readers: readers) }
            if hasBroker { broker = try await openBroker(folder: folder, readers: readers) }
            let decision = try await StyleDecision(folder: folder)
            defer { decision.release() }
            for service in present(in: folder).subtracting(services) {
                others[service] = try await open(service, in: folder, readers: 1)
            }
            let name = try await use(style, databases.merging(others) { $1 }, broker, lock)
            result = .success(
                OrderingStores(folder: folder, style: Style(name), databases: databases, broker: broker, lock: lock))
        } catch {
            for database in databases.values { await database.close() }
            await broker?.close()
            lock.release()
            result = .failure(error)
        }
        for database in others.values { await database.close() }
        return try result.get()
    }

    /// The style that the stores of a folder were used with; nil when it has none. Nothing is made.
    /// - Throws: ``SQLKit/SQLError``.
    package static func recordedStyle(in folder: String) async throws -> StyleName? {
        for service in ServiceName.allCases where present(in: folder).contains(service) {
            let database = try await open(service, in: folder, readers: 1)
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

    /// The services that have a store in a folder.
    package static func present(in folder: String) -> Set<ServiceName> {
        Set(ServiceName.allCases.filter { access(path(of: $0, in: folder), F_OK) == 0 })
    }

    private static func open(
        _ service: ServiceName, in folder: String, readers: Int
    ) async throws -> any SQLDatabase {
        var options = SQLiteOptions()
        options.readers = readers
        return try await SQLiteDatabase.open(
            .file(path: path(of: service, in: folder)), migrations: service.migrations, options: options)
    }

    /// With the folders that it is in, each for its owner alone.
    private static func makeFolder(_ path: String) throws {
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
    package static func openBroker(folder: String, readers: Int = 1) async throws -> any SQLDatabase {
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
        lock.release()
    }

    /// Decides and records the style.
    private static func use(
        _ wanted: StyleName?, _ databases: [ServiceName: any SQLDatabase], _ broker: (any SQLDatabase)?,
        _ lock: StyleLock
    ) async throws -> StyleName {
        var recorded: [ServiceName: StyleName] = [:]
        for (service, database) in databases {
            recorded[service] = try await database.read { try StyleRecord($0).style() }
        }
        let style = wanted ?? ServiceName.allCases.compactMap { recorded[$0] }.first ?? .hybrid
        let others = recorded.filter { $0.value != style }
        if let (service, other) = others.min(by: { $0.key.rawValue < $1.key.rawValue }) {
            let isDone: Void? = try await lock.alone {
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

    /// How many messages wait for the services; other programs have queues in the same broker.
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
