import Glibc
import Payments
import PostgresEngine
import QueueKit
import SQLKit
import SQLiteEngine
import WorldKit

/// A store that a command has opened.
struct OpenedStore: Sendable {
    let place: StorePlace
    let database: any SQLDatabase
    /// False for an empty store that replaces a missing one, and for a store opened for reading.
    let isWritable: Bool

    /// The server's database; nil for a file.
    var server: PostgresDatabase? { database as? PostgresDatabase }

    /// How far a worker's clock may differ from the store's: a third of a task's lease.
    static let clockLimitSeconds = Worker.standardLeaseSeconds / 3

    /// A worker on a host with a wrong clock would report and log wrong times.
    /// - Throws: ``Problem`` `store_clock_differs`.
    func expectClock() throws {
        guard let offset = server?.clock.sample?.wallOffsetSeconds, abs(offset) > Self.clockLimitSeconds else { return }
        throw Problem(
            .store, "store_clock_differs",
            "this host's clock is \(PostgresText.seconds(abs(offset))) \(offset < 0 ? "ahead of" : "behind") the "
                + "store's; workers need it within \(PostgresText.seconds(Self.clockLimitSeconds))",
            hint: "set the clock, or let chrony or systemd-timesyncd do so")
    }

    /// The same context with the store's clock: hosts that share a store agree on its time, whatever their own clocks
    /// say.
    func timed(_ context: Context) -> Context {
        guard let clock = server?.clock else { return context }
        var context = context
        context.world.now = { clock.now() }
        return context
    }
}

/// Opens the store of the configuration, in a file or on a server.
enum StoreOpening {
    /// How to handle a missing file. On a server, only `qrpay store migrate` creates a store.
    enum Missing: Sendable {
        /// Create it.
        case made
        /// Use an empty store and print a warning, because the path may be mistyped; nothing is created. For commands
        /// that read, or that change existing data only.
        case empty
    }

    /// The connections of `qrpay serve` to a server, for requests and built-in workers.
    static let connectionsOfServer = 8
    /// The connections of `qrpay work` to a server: it claims, finishes and extends leases in a few large exchanges.
    static let connectionsOfWorker = 3

    /// - Parameter connections: the maximum number of connections to a server.
    /// - Throws: ``Problem``; ``SQLError``, `moved` for a store that has been moved elsewhere.
    static func open(
        _ configuration: Configuration, _ context: Context, missing: Missing, connections: Int
    ) async throws -> OpenedStore {
        let place = StorePlace(try configuration.path(\.storePath))
        let opened: OpenedStore
        switch place {
        case .file(let path): opened = try await file(path, context, missing)
        case .server:
            opened = OpenedStore(
                place: place, database: try await server(place, configuration, connections: connections),
                isWritable: true)
        }
        do {
            if let move = try await opened.database.read({ try StoreMarks($0).move() }) {
                throw SQLError(code: .moved, message: "to \(move.place)")
            }
            return opened
        } catch {
            await opened.database.close()
            throw error
        }
    }

    /// The database of a store on a server.
    /// - Parameter migrates: false to fail with `outdated` when migrations are pending.
    static func server(
        _ place: StorePlace, _ configuration: Configuration, connections: Int = 1, migrates: Bool = false,
        adjust: (inout PostgresOptions) -> Void = { _ in }
    ) async throws -> PostgresDatabase {
        var options = try configuration.storeServer.options(url: place.text)
        options.connections = connections
        adjust(&options)
        do {
            return try await PostgresDatabase.open(options, migrations: Schema.migrations, migrates: migrates)
        } catch var error as SQLError {
            error.message = "\(place.shown): \(error.message)"
            throw error
        }
    }

    private static func file(_ path: String, _ context: Context, _ missing: Missing) async throws -> OpenedStore {
        guard !path.contains("://") else {
            throw Problem(
                .store, "store_cannot_open",
                "\(EffectiveSetting.redacted(url: path)): a store must be a file, or \(StorePlace.form)",
                hint: "name a file with --store")
        }
        let isMissing = !path.isEmpty && access(path, F_OK) != 0 && errno == ENOENT
        let isMade = !isMissing || missing == .made
        if !isMade {
            try context.warn("\(path): the store does not exist yet; nothing is found, and nothing is created")
        }
        var sqlite = SQLiteOptions()
        sqlite.createsDirectory = true
        // Without write permission the store is opened read-only.
        if !isMissing, missing == .empty, access(path, W_OK) != 0 { sqlite.mode = .readOnly }
        return OpenedStore(
            place: .file(path),
            database: try await SQLiteDatabase.open(
                isMade ? .file(path: path) : .memory, migrations: Schema.migrations, options: sqlite),
            isWritable: isMade && sqlite.mode == .readWrite)
    }
}

extension Store {
    /// - Throws: ``Problem`` `store_not_empty` when the store contains orders.
    func expectEmpty() async throws {
        var filter = OrderFilter()
        filter.limit = 1
        guard try await !read({ [filter] in try $0.orders.orders(filter).isEmpty }) else { return }
        throw Problem(
            .conflict, "store_not_empty", "the store already has orders",
            hint: "name an empty database with --store, or another store.schema")
    }
}
