import FoundationEssentials
import PaymentCore
import PaymentPartners
import Payments
import QueueKit
import SQLKit
import SQLiteEngine
import WorldKit

enum Measurement: String, CaseIterable {
    /// Tasks staged one transaction each, then claimed and finished one by one, a transaction for either.
    case singles
    /// Tasks staged many a transaction.
    case batch
    /// Tasks that do nothing, run by the worker as shipped.
    case worker
    /// Claiming and finishing while so many wait.
    case depth
    /// A store as it looks after a bad year, for the command line to be measured on.
    case fill
}

/// The queue on a store of its own, with handlers that do nothing.
struct Bench: Sendable {
    /// In one transaction.
    private static let batchSize = 10_000

    private let path: String
    private let database: SQLiteDatabase
    private let services: Services

    init(store path: String) async throws {
        self.path = path
        database = try await SQLiteDatabase.open(.file(path: path), migrations: Schema.migrations)
        services = Services(
            store: Store(database), partners: .none,
            world: .live,
            settings: Settings(),
            deeplinks: DeeplinkSigner(
                keys: [DeeplinkKey(kid: "1", secret: [1])], authenticate: { _, _ in [] }, equals: ==))
    }

    func close() async { await database.close() }

    func run(_ measurement: Measurement, count: Int?) async throws {
        switch measurement {
        case .singles: try await singles(count ?? 5000)
        case .batch: try await rate("batched enqueue", count ?? 100_000) { try await enqueue($0) }
        case .worker:
            let count = count ?? 200_000
            try await enqueue(count)
            try await rate("worker", count) { try await work($0) }
        case .depth: try await Self.depth(store: path, deepest: count ?? 500_000)
        case .fill: try await fill(count ?? 1_000_000)
        }
    }

    private func singles(_ count: Int) async throws {
        try await rate("enqueue", count) { count in
            for number in 0..<count { try await stage(request(number)) }
        }
        try await rate("claim and finish", count) { try await claimAndFinish($0) }
    }

    private func stage(_ request: TaskRequest) async throws {
        let now = services.world.now()
        try await services.store.write { try $0.tasks.enqueue(request, at: now) }
    }

    private func claimAndFinish(_ count: Int) async throws {
        let claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "bench", leaseSeconds: 30)
        for _ in 0..<count {
            let now = services.world.now()
            let tasks = try await services.store.write { try $0.tasks.claim(claim, at: now) }
            precondition(tasks.count == 1, "the queue ran dry")
            let end = services.world.now()
            let isHeld = try await services.store.write { try $0.tasks.finish([tasks[0]], at: end)[0] }
            precondition(isHeld, "a lease was lost")
        }
    }

    private func enqueue(_ count: Int, from first: Int = 0) async throws {
        let now = services.world.now()
        for start in stride(from: first, to: first + count, by: Self.batchSize) {
            let requests = (start..<min(start + Self.batchSize, first + count)).map(request)
            try await services.store.write { transaction in
                try transaction.tasks.enqueue(requests, at: now)
            }
        }
    }

    private func work(_ count: Int) async throws {
        var queue = services.queue
        queue.registry = TaskRegistry(
            TaskKind.payments.map { TaskHandler($0, retryPolicy: services.settings.retryPolicy($0)) { _ in .done } })
        let worker = Worker(queue, processes: Processes(own: "bench", isAlive: { _ in true }))
        let summary = try await WorkLoop(worker).drain(horizonSeconds: 0)
        precondition(summary.done == count, "\(summary)")
    }

    /// How many wait in each of the stores that are compared.
    private static let depths = [1000, 10_000, 100_000, 500_000]

    /// Claims and finishes in stores of different depths by turns, so that a slow moment of the disk meets all of them.
    static func depth(store path: String, deepest: Int, rounds: Int = 15, each: Int = 300) async throws {
        var stores: [(depth: Int, bench: Bench, rates: [Double])] = []
        for depth in depths where depth <= deepest {
            let bench = try await Bench(store: "\(path)-\(depth)")
            try await bench.enqueue(depth + rounds * each)
            stores.append((depth, bench, []))
        }
        for _ in 0..<rounds {
            for index in stores.indices {
                let bench = stores[index].bench
                stores[index].rates.append(try await perSecond(each) { try await bench.claimAndFinish($0) })
            }
        }
        for (depth, bench, rates) in stores {
            print("qrpay\tclaim and finish with \(depth) waiting\t\(Int(rates.sorted()[rounds / 2]))")
            await bench.close()
        }
    }

    /// Of every thousand tasks one is stuck, nine are scheduled, the rest is done.
    private func fill(_ count: Int) async throws {
        try await enqueue(count)
        try await database.write { connection in
            try connection.execute(
                "UPDATE tasks SET state = 'done', attempts = 1, updated_at = updated_at + task_id "
                    + "WHERE task_id % 1000 > 9"
            )
            try connection.execute(
                "UPDATE tasks SET due_at = due_at + 86400000000 WHERE task_id % 1000 BETWEEN 1 AND 9")
            try connection.execute(
                """
                UPDATE tasks SET state = 'stuck', attempts = 90, is_kept = 1, error_class = 'partner_unreachable',
                    error_message = 'check cannot be reached: POST /pdf: connection refused' WHERE task_id % 1000 = 0
                """)
        }
    }

    private func request(_ number: Int) -> TaskRequest {
        TaskRequest(
            kind: TaskKind.payments[number % TaskKind.payments.count], key: "document-\(number)-1",
            payload: ["document_id": "document-\(number)-1"], orderID: "order-\(number)",
            clientID: "cafe-\(number % 100)", dueAt: Instant(microseconds: 1_700_000_000_000_000 + Int64(number)))
    }

    private func rate(_ name: String, _ count: Int, _ body: (Int) async throws -> Void) async throws {
        print("qrpay\t\(name)\t\(Int(try await Self.perSecond(count, body)))")
    }

    private static func perSecond(_ count: Int, _ body: (Int) async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body(count)
        return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
    }
}
