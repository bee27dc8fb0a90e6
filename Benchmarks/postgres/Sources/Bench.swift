import FoundationEssentials
import Glibc
import PaymentCore
import PaymentSandbox
import Payments
import PostgresEngine
import QueueKit
import SQLKit
import SQLiteEngine
import WorldKit

/// The command line of a measurement: `NAME STORE [--option value …]`.
struct Arguments: Sendable {
    let name: String
    /// The path of a SQLite file or the URL of a database.
    let store: String
    private var options: [String: String] = [:]

    init?(_ words: [String]) {
        guard words.count >= 3, words.count % 2 == 1 else { return nil }
        (name, store) = (words[1], words[2])
        for place in stride(from: 3, to: words.count, by: 2) {
            options[String(words[place].drop { $0 == "-" })] = words[place + 1]
        }
    }

    func text(_ name: String, _ fallback: String) -> String { options[name] ?? fallback }
    func number(_ name: String, _ fallback: Int) -> Int { options[name].flatMap { Int($0) } ?? fallback }

    /// The name of the engine in the output.
    var engine: String { PostgresAddress.isAddress(store) ? "qrpay" : "SQLite" }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A host with the payments' store and queue, on either engine.
struct Bench: Sendable {
    let database: any SQLDatabase
    let services: Services
    let partners: InMemoryPartners
    /// Runs tasks that do nothing.
    let worker: Worker
    /// Counts writing bodies and how often they ran.
    let writes: WriteCounter

    /// - Parameters:
    ///   - connections: the number of connections to a server.
    ///   - skewSeconds: how far the host's clock is ahead.
    init(
        _ arguments: Arguments, store: String? = nil, connections: Int = 8, skewSeconds: Double = 0
    ) async throws {
        let store = store ?? arguments.store
        let now: @Sendable () -> Instant
        let opened: any SQLDatabase
        if PostgresAddress.isAddress(store) {
            var options = try PostgresOptions(address: store)
            options.connections = connections
            // A snapshot may be open for as long as a measurement takes.
            options.idleSeconds = 600
            let clock = PostgresClock {
                var reading = PostgresClock.Reading.now()
                reading.wall = reading.wall.advanced(bySeconds: skewSeconds)
                return reading
            }
            let database = try await PostgresDatabase.open(options, migrations: Schema.migrations, clock: clock)
            now = { database.clock.now() }
            opened = database
        } else {
            now = { Instant(Date()) }
            opened = try await SQLiteDatabase.open(.file(path: store), migrations: Schema.migrations)
        }
        writes = WriteCounter()
        database = CountingDatabase(database: opened, counter: writes)
        partners = InMemoryPartners(now: now)
        services = Services(
            store: Store(database),
            partners: Partners(
                eda: partners, transactions: partners, cardstorage: partners, cashback: partners, check: partners,
                storage: partners),
            world: .live(now: now),
            settings: Settings(),
            deeplinks: DeeplinkSigner(
                keys: [DeeplinkKey(kid: "1", secret: [1])], authenticate: { _, _ in Array(repeating: 1, count: 32) },
                equals: ==))
        worker = Worker(Self.queue(services) { _ in .done }, processes: Self.processes)
    }

    /// The queue, with one handler for all kinds of tasks.
    static func queue(
        _ services: Services, _ run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome
    ) -> TaskQueue {
        var queue = services.queue
        queue.registry = TaskRegistry(
            TaskKind.payments.map { TaskHandler($0, retryPolicy: services.settings.retryPolicy($0), run: run) })
        return queue
    }

    /// This process as a worker; all others are assumed to be alive.
    static let processes = Processes(own: "bench-\(getpid())", isAlive: { _ in true })

    func close() async { await database.close() }
}

/// Runs `body` once for each number below `count`, on several concurrent clients.
/// - Returns: runs per second.
func perSecond(
    _ count: Int, clients: Int = 1, _ body: @escaping @Sendable (Int) async throws -> Void
) async throws -> Double {
    let start = ContinuousClock.now
    try await withThrowingTaskGroup { group in
        for client in 0..<clients {
            group.addTask {
                for number in stride(from: client, to: count, by: clients) { try await body(number) }
            }
        }
        try await group.waitForAll()
    }
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
}

/// Prints one figure, separated by tabs: who, what and the figure.
func report(_ who: String, _ what: String, _ figure: Double) {
    let isLarge = figure >= 100
    print("\(who)\t\(what)\t\(isLarge ? "\(Int(figure.rounded()))" : "\((figure * 1000).rounded() / 1000)")")
    fflush(nil)
}

/// Reports that this process is ready and waits for the signal to start.
func awaitStart() {
    print("ready")
    fflush(nil)
    _ = readLine()
}

extension [Double] {
    /// The value below which the given share of the values lies.
    func quantile(_ share: Double) -> Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[Swift.min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
}
