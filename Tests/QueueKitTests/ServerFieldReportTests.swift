import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import QueueKit

/// Faults reported for other queues on PostgreSQL do not occur in this one.
@Suite(.only(.postgres)) struct ServerFieldReportTests {
    private static let now = QueueFixture.now

    private static func claim(_ kinds: [TaskKind] = [.mail], limit: Int, worker: String = "w") -> TaskRepository.Claim {
        var claim = TaskRepository.Claim(kinds: kinds, worker: worker, leaseSeconds: 30)
        claim.limit = limit
        return claim
    }

    /// Stages tasks without reading them back.
    private func fill(_ database: any SQLDatabase, _ kind: TaskKind, _ count: Int) async throws {
        try await database.write {
            try $0.execute(
                """
                INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at)
                SELECT $1, n::text, '{}', 'ready', $2::bigint + n, $2::bigint, $2::bigint
                FROM generate_series(1, $3::bigint) AS n
                """, [.text(kind.rawValue), .instant(Self.now.advanced(bySeconds: -100)), .integer(count)])
        }
    }

    /// The number of blocks that a claim reads; it is rolled back.
    private func blocks(_ store: TaskStore, _ claim: TaskRepository.Claim) async throws -> Int {
        struct Stop: Error {}
        let read = Mutex(0)
        do {
            try await store.write(isolation: .statement) { tasks in
                let statement = tasks.claimStatement(claim, at: Self.now)
                let plan = try tasks.connection.query(
                    "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) \(statement.sql)", statement.parameters
                ).map { try $0.text("QUERY PLAN") }
                // The first such line is the total: `Buffers: shared hit=12 read=3`.
                let line = try #require(plan.first { $0.contains("Buffers: shared") })
                let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
                read.withLock { $0 = numbers.reduce(0, +) }
                throw Stop()
            }
        } catch is Stop {}
        return read.withLock(\.self)
    }

    @Test func `a snapshot that is held does not slow claims down`() async throws {
        let place = try await TestStore([QueueFixture.schema.migration])
        let database = try await place.open()
        let store = TaskStore(database, QueueFixture.schema)
        try await fill(database, .mail, 12_500)
        try await database.write { try $0.execute("ANALYZE tasks") }
        let reader = try await place.open(connections: 1)
        let (held, hold) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        async let reading: Void = reader.read { connection in
            _ = try connection.query("SELECT COUNT(*) FROM tasks")
            hold.finish()
            Blocking.wait { for await _ in released {} }
        }
        for await _ in held {}
        var claim = Self.claim(limit: 1_000)
        claim.marks = store.marks
        for _ in 0..<12 {
            let chosen = claim
            let claimed = try await store.write(isolation: .statement) { try $0.claim(chosen, at: Self.now) }
            #expect(claimed.count == 1_000)
            _ = try await store.write(isolation: .statement) { try $0.finish(claimed, at: Self.now) }
        }
        var small = Self.claim(limit: 5)
        let withoutMarks = try await blocks(store, small)
        small.marks = store.marks
        let withMarks = try await blocks(store, small)
        release.finish()
        try await reading
        #expect(withMarks * 4 < withoutMarks, "\(withMarks) and \(withoutMarks) blocks")
    }

    @Test func `a claim does not wait for tasks that are locked`() async throws {
        let place = try await TestStore([QueueFixture.schema.migration])
        let database = try await place.open()
        let store = TaskStore(database, QueueFixture.schema)
        try await fill(database, .mail, 20)
        let other = try await place.open(connections: 1)
        let (held, hold) = AsyncStream<Void>.makeStream()
        let (released, release) = AsyncStream<Void>.makeStream()
        async let locking: Void = other.write { connection in
            _ = try connection.query("SELECT task_id FROM tasks ORDER BY due_at LIMIT 5 FOR UPDATE")
            hold.finish()
            Blocking.wait { for await _ in released {} }
        }
        for await _ in held {}
        let claimed = try await store.write(isolation: .statement) {
            try $0.claim(Self.claim(limit: 5), at: Self.now)
        }
        #expect(claimed.map(\.key) == ["6", "7", "8", "9", "10"])
        release.finish()
        try await locking
        let rest = try await store.write(isolation: .statement) { try $0.claim(Self.claim(limit: 99), at: Self.now) }
        #expect(rest.map(\.key).prefix(5) == ["1", "2", "3", "4", "5"], "and they are not forgotten")
    }

    @Test func `tasks of a paused kind cost a claim nothing, however many they are`() async throws {
        let database = try await TestStore.open([QueueFixture.schema.migration])
        let store = TaskStore(database, QueueFixture.schema)
        try await fill(database, .report, 20_000)
        try await fill(database, .mail, 3)
        try await database.write { try $0.execute("ANALYZE tasks") }
        let isPaused = try await store.write { try $0.pause(.report, by: "anna", reason: "", at: Self.now) }
        #expect(isPaused)
        let read = try await blocks(store, Self.claim([.report, .mail], limit: 5))
        #expect(read < 100, "\(read) blocks")
        let claimed = try await store.write(isolation: .statement) {
            try $0.claim(Self.claim([.report, .mail], limit: 5), at: Self.now)
        }
        #expect(claimed.map(\.kind) == [.mail, .mail, .mail])
    }

    @Test func `the tasks of a worker that vanished run again, and it can no longer finish them`() async throws {
        let database = try await TestStore.open([QueueFixture.schema.migration])
        let store = TaskStore(database, QueueFixture.schema)
        try await fill(database, .mail, 2)
        let lost = try await store.write(isolation: .statement) { try $0.claim(Self.claim(limit: 2), at: Self.now) }
        #expect(lost.count == 2)
        let later = Self.now.advanced(bySeconds: 31)
        let world = World(
            now: { later }, sleep: { try await Task.sleep(for: .seconds($0)) },
            randomBytes: { Array(repeating: 0, count: $0) }, newID: { "" })
        let policy = RetryPolicy(polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 1, maxAttempts: 9)
        let queue = TaskQueue(
            store, world, TaskRegistry([TaskHandler(.mail, retryPolicy: policy) { _ in .done }]), retentionSeconds: 60)
        // A process on another host: whether it is alive cannot be seen from here.
        let attempts = try await Worker(queue, processes: Processes(own: "other") { _ in true }).runDue(limit: 9)
        #expect(attempts.map(\.ending) == [.done, .done])
        #expect(try await store.write { try $0.finish(lost, at: later) } == [false, false])
    }

    @Test func `one transaction rescues a bounded number of tasks`() async throws {
        let database = try await TestStore.open([QueueFixture.schema.migration])
        let store = TaskStore(database, QueueFixture.schema)
        try await fill(database, .mail, 1_200)
        let lost = try await store.write(isolation: .statement) { try $0.claim(Self.claim(limit: 1_200), at: Self.now) }
        #expect(lost.count == 1_200)
        let later = Self.now.advanced(bySeconds: 31)
        let world = World(
            now: { later }, sleep: { try await Task.sleep(for: .seconds($0)) },
            randomBytes: { Array(repeating: 0, count: $0) }, newID: { "" })
        let worker = Worker(
            TaskQueue(store, world, TaskRegistry([]), retentionSeconds: 60),
            processes: Processes(own: "o") { _ in true })
        _ = try await worker.exchange(claiming: Self.claim([.sweep], limit: 1))
        let running = try await store.read { try $0.leaseHolders().count }
        #expect(running == 1, "some are left for the next transaction")
        _ = try await worker.exchange(claiming: Self.claim([.sweep], limit: 1))
        #expect(try await store.read { try $0.leaseHolders().isEmpty })
    }

    @Test func `maintenance needs no leader: when the one that does it fails, the next one does it`()
        async throws
    {
        struct Stop: Error {}
        let place = try await TestStore([QueueFixture.schema.migration])
        let (one, two) = (try await place.open(), try await place.open())
        let isOther = Mutex(true)
        do {
            try await one.write { connection in
                let isFirst = try connection.takesOver("cleaning")
                #expect(isFirst)
                Blocking.wait {
                    let taken = try? await two.write { try $0.takesOver("cleaning") }
                    isOther.withLock { $0 = taken ?? true }
                }
                throw Stop()
            }
        } catch is Stop {}
        let wasTaken = isOther.withLock { $0 }
        #expect(!wasTaken)
        #expect(try await two.write { try $0.takesOver("cleaning") })
    }

    @Test func `staging runs no trigger, and what is rolled back is not there`() async throws {
        struct Stop: Error {}
        let database = try await TestStore.open([QueueFixture.schema.migration])
        let store = TaskStore(database, QueueFixture.schema)
        let triggers = try await database.read {
            try $0.query("SELECT 1 FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'tasks'::regclass").count
        }
        #expect(triggers == 0)
        do {
            try await store.write { tasks in
                try tasks.enqueue(QueueFixture.request("1"), at: Self.now)
                throw Stop()
            }
        } catch is Stop {}
        #expect(try await store.read { try $0.tasks(TaskFilter(), at: Self.now).isEmpty })
    }

    @Test func `bodies that change neighboring rows do not conflict`() async throws {
        let place = try await TestStore([QueueFixture.schema.migration])
        let database = try await place.open()
        try await fill(database, .mail, 2)
        let overlap = Overlap()
        let runs = Runs()
        let sessions = [overlap.session(try await place.open()), overlap.session(try await place.open())]
        async let one: Void = Self.change("1", in: sessions[0], runs)
        async let two: Void = Self.change("2", in: sessions[1], runs)
        _ = try await (one, two)
        #expect(runs.count.load(ordering: .relaxed) == 2, "each ran once")
    }

    private final class Runs: Sendable {
        let count = Atomic(0)
    }

    private static func change(_ key: String, in database: any SQLDatabase, _ runs: Runs) async throws {
        try await database.write { connection in
            runs.count.add(1, ordering: .relaxed)
            _ = try connection.query("SELECT * FROM tasks WHERE kind = 'mail' AND key = $1", [.text(key)])
            try connection.execute(
                "UPDATE tasks SET polls = polls + 1 WHERE kind = 'mail' AND key = $1", [.text(key)])
        }
    }
}
