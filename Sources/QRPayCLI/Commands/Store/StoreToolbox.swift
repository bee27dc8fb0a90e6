import CommandLineKit
import FoundationEssentials
import LibraryKit
import Payments
import PostgresEngine
import SQLKit
import SQLiteEngine
import WorldKit

/// Opens stores for the `store` commands: without this host's keys, and even if they have moved.
enum StoreToolbox {
    /// - Throws: ``Problem`` if `text` cannot name a store.
    static func place(_ text: String, option: String) throws -> StorePlace {
        do throws(SettingSpec.Flaw) { try StorePlace.check(text) } catch {
            throw Problem(.invalid, error.code ?? "usage", "\(option): \(error.reason)", hint: error.hint)
        }
        return StorePlace(text)
    }

    /// The schema's tables.
    static func shape() async throws -> StoreShape {
        let database = try await SQLiteDatabase.open(.memory, migrations: Schema.migrations)
        let shape = try await database.read { try StoreShape(of: $0) }
        await database.close()
        return shape
    }

    /// Runs `body` with the store in use, which exists and is not changed, and closes it.
    /// - Throws: what ``openUnchanged(_:_:)`` and `body` throw.
    static func withStore<Value>(
        _ options: ParsedOptions, _ context: Context, _ body: (OpenedStore) async throws -> Value
    ) async throws -> Value {
        let configuration = try Configuration(options, environment: context.environment)
        let opened = try await openUnchanged(StorePlace(try configuration.path(\.storePath)), configuration)
        let result: Result<Value, any Error>
        do { result = .success(try await body(opened)) } catch { result = .failure(error) }
        await opened.database.close()
        return try result.get()
    }

    /// Opens an existing store without changing it.
    /// - Throws: ``Problem`` `store_not_found`; ``SQLError`` `outdated` when its schema is older.
    static func openUnchanged(_ place: StorePlace, _ configuration: Configuration) async throws -> OpenedStore {
        switch place {
        case .server:
            return OpenedStore(
                place: place, database: try await StoreOpening.server(place, configuration), isWritable: false)
        case .file(let path):
            try expectFile(path)
            var options = SQLiteOptions()
            options.mode = .readOnly
            options.checksTables = false
            do {
                let database = try await SQLiteDatabase.open(
                    .file(path: path), migrations: Schema.migrations, options: options)
                return OpenedStore(place: place, database: database, isWritable: false)
            } catch let error as SQLError where error.code == .readOnly {
                throw SQLError(code: .outdated, message: error.message)
            }
        }
    }

    /// Opens a store for a long transaction and, if `migrates` is true, brings it to the newest schema; a file is
    /// always migrated.
    /// - Parameter isMade: whether a missing file is created.
    static func openForCopy(
        _ place: StorePlace, _ configuration: Configuration, isMade: Bool
    ) async throws -> OpenedStore {
        switch place {
        case .server:
            let database = try await StoreOpening.server(place, configuration, migrates: isMade) { options in
                options.statementSeconds = longest
                options.idleSeconds = longest
            }
            return OpenedStore(place: place, database: database, isWritable: true)
        case .file(let path):
            if !isMade { try expectFile(path) }
            var options = SQLiteOptions()
            options.createsDirectory = isMade
            options.readers = 1
            // Bodies block while the other side is behind, which must not happen on threads of the cooperative pool.
            options.executor = DispatchQueueExecutor(label: "store.copy")
            let database = try await SQLiteDatabase.open(
                .file(path: path), migrations: Schema.migrations, options: options)
            return OpenedStore(
                place: .file(LocalFile.realPath(path) ?? path), database: database, isWritable: true)
        }
    }

    /// The timeout for statements and idle transactions during a copy: one day, in seconds.
    private static let longest = 86_400.0

    private static func expectFile(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        throw Problem(
            .notFound, "store_not_found", "\(path): store not found", hint: "name the store with --store or --from")
    }
}
