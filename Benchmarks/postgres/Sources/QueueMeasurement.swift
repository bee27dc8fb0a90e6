import Dispatch
import Glibc
import Payments
import PostgresEngine
import QueueKit
import SQLKit
import WorldKit

/// Measures the queue as shipped, on either engine.
struct QueueMeasurement: Sendable {
    private let arguments: Arguments
    private let clients: Int

    init(_ arguments: Arguments) {
        self.arguments = arguments
        clients = arguments.number("clients", 1)
    }

    /// Stages tasks, each in one transaction.
    func enqueue() async throws {
        let bench = try await Bench(arguments, connections: clients)
        let count = arguments.number("count", 5000)
        try await bench.warmUp(clients)
        let rate = try await perSecond(count, clients: clients) { number in
            let now = bench.services.world.now()
            try await bench.stage(Bench.request(number), at: now)
        }
        report(arguments.engine, "enqueue, clients \(clients)", rate)
        await bench.close()
    }

    /// Claims and finishes tasks one by one, with one transaction for each step.
    func claim() async throws {
        let bench = try await Bench(arguments, connections: clients)
        let count = arguments.number("count", 3000)
        try await bench.fill(count)
        try await bench.warmUp(clients)
        let rate = try await perSecond(count, clients: clients) { _ in try await bench.claimAndFinish() }
        report(arguments.engine, "claim and finish, workers \(clients)", rate)
        await bench.close()
    }

    func fill() async throws {
        let bench = try await Bench(arguments)
        try await bench.fill(arguments.number("count", 1000))
        await bench.close()
    }

    /// One of several worker processes that start together; see processes.py.
    func work() async throws {
        let bench = try await Bench(arguments, connections: arguments.number("connections", 3))
        try await bench.warmUp(1)
        awaitStart()
        let summary = try await WorkLoop(bench.worker).drain(horizonSeconds: 0)
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        print("end \(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9) \(summary.done)")
        await bench.close()
    }

    /// Claims and finishes tasks alternately in a store with many waiting tasks and one with few, so that a slow moment
    /// of the disk affects both.
    func depth() async throws {
        let (rounds, each) = (arguments.number("rounds", 15), arguments.number("each", 200))
        let deepest = arguments.number("deepest", 500_000)
        var stores: [(depth: Int, bench: Bench, rates: [Double])] = []
        for (depth, store) in [(1000, arguments.store), (deepest, arguments.text("other", ""))] {
            let bench = try await Bench(arguments, store: store)
            try await bench.fill(depth + (rounds + 1) * each)
            _ = try await perSecond(each) { _ in try await bench.claimAndFinish() }
            stores.append((depth, bench, []))
        }
        for _ in 0..<rounds {
            for index in stores.indices {
                let bench = stores[index].bench
                stores[index].rates.append(try await perSecond(each) { _ in try await bench.claimAndFinish() })
            }
        }
        for (depth, bench, rates) in stores {
            report("qrpay", "claim and finish, depth \(depth)", rates.quantile(0.5))
            await bench.close()
        }
    }

    /// Claims while another connection holds a snapshot, before and after many tasks that the snapshot still sees are
    /// done.
    func snapshot() async throws {
        let (count, each) = (arguments.number("count", 60_000), arguments.number("each", 500))
        let bench = try await Bench(arguments)
        let holder = try await Bench(arguments, connections: 1)
        try await bench.fill(count + 4 * each + 1000)
        _ = try await perSecond(each) { _ in try await bench.claimAndFinish() }
        let (ready, isOver) = (AsyncStream<Void>.makeStream(), DispatchSemaphore(value: 0))
        async let held: Void = holder.database.read { connection in
            _ = try connection.query("SELECT COUNT(*) AS count FROM tasks")
            ready.continuation.finish()
            isOver.wait()
        }
        for await _ in ready.stream {}
        let before = try await perSecond(each) { _ in try await bench.claimAndFinish() }
        for _ in 0..<count / 1000 { try await bench.finish(try await bench.claimMany(1000)) }
        let after = try await perSecond(each) { _ in try await bench.claimAndFinish() }
        isOver.signal()
        try await held
        report("before", "claim and finish under a snapshot", 1000 / before)
        report("after", "claim and finish under a snapshot", 1000 / after)
        await holder.close()
        await bench.close()
    }

    /// Finishes a thousand tasks per transaction, alternately over a socket and over a slower link.
    func finishes() async throws {
        let (batch, rounds) = (1000, arguments.number("rounds", 10))
        let near = try await Bench(arguments)
        let far = try await Bench(arguments, store: arguments.text("far", ""))
        try await near.fill(2 * batch * (rounds + 1))
        var times: [[Double]] = [[], []]
        for round in 0...rounds {
            for (place, bench) in [near, far].enumerated() {
                let tasks = try await bench.claimMany(batch)
                let start = ContinuousClock.now
                try await bench.finish(tasks)
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                // The first round prepares the statements.
                if round > 0 { times[place].append(seconds * 1000) }
            }
        }
        report("socket", "1,000 finishes, ms", times[0].quantile(0.5))
        report("1 ms away", "1,000 finishes, ms", times[1].quantile(0.5))
        await far.close()
        await near.close()
    }
}

extension Bench {
    static func request(_ number: Int) -> TaskRequest {
        // Unique to this process.
        let document = "document-\(getpid())-\(number)"
        return TaskRequest(
            kind: TaskKind.payments[abs(number) % TaskKind.payments.count], key: document,
            payload: ["document_id": document], orderID: "order-\(number)", clientID: "cafe-\(number % 100)",
            dueAt: Instant(microseconds: 1_700_000_000_000_000 + Int64(number)))
    }

    /// Stages a task in a separate transaction.
    func stage(_ request: TaskRequest, at now: Instant) async throws {
        try await services.store.tasks.write(isolation: .statement) { try $0.enqueue(request, at: now) }
    }

    /// Claims one task and finishes it.
    func claimAndFinish() async throws {
        let attempts = try await worker.runDue()
        guard attempts.map(\.ending) == [.done] else { throw Failure("the queue ran dry, or a lease was lost") }
    }

    /// Claims up to `limit` tasks.
    func claimMany(_ limit: Int) async throws -> [QueuedTask] {
        let now = services.world.now()
        var claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: Self.processes.own, leaseSeconds: 300)
        claim.limit = limit
        let tasks = try await services.store.tasks.write(isolation: .statement) { [claim] in
            try $0.claim(claim, at: now)
        }
        guard tasks.count == limit else { throw Failure("the queue ran dry") }
        return tasks
    }

    func finish(_ tasks: [QueuedTask]) async throws {
        let now = services.world.now()
        let isFinished = try await services.store.tasks.write(isolation: .statement) { try $0.finish(tasks, at: now) }
        guard isFinished.allSatisfy(\.self) else { throw Failure("a lease was lost") }
    }

    /// Stages due tasks.
    func fill(_ count: Int) async throws {
        guard database.isOnServer else {
            let now = services.world.now()
            for start in stride(from: 0, to: count, by: 10_000) {
                let requests = (start..<min(start + 10_000, count)).map(Self.request)
                try await services.store.tasks.write { try $0.enqueue(requests, at: now) }
            }
            return
        }
        let kinds = TaskKind.payments.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        try await database.write { connection in
            try connection.execute(
                """
                INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
                SELECT (ARRAY[\(kinds)])[1 + n % \(TaskKind.payments.count)], 'document-' || $1 || '-' || n,
                    '{"document_id":"document-' || n || '"}', 'order-' || n, 'cafe-' || n % 100, 'ready',
                    1700000000000000 + n, 1700000000000000, 1700000000000000
                FROM generate_series(0, $2::bigint - 1) AS n
                """, [.text("\(getpid())"), .integer(count)])
            try connection.execute("ANALYZE tasks")
        }
    }

    /// Opens connections and prepares the queue's statements on each.
    func warmUp(_ clients: Int) async throws {
        try await withThrowingTaskGroup { [self] group in
            for client in 0..<clients {
                group.addTask {
                    if database.isOnServer {
                        _ = try await database.read { try $0.query("SELECT pg_sleep(0.05)") }
                    }
                    try await stage(Self.request(-1 - client), at: services.world.now())
                    try await claimAndFinish()
                }
            }
            try await group.waitForAll()
        }
    }
}

extension SQLDatabase {
    /// Whether the store is on PostgreSQL.
    var isOnServer: Bool { (self as? CountingDatabase)?.database is PostgresDatabase }
}
