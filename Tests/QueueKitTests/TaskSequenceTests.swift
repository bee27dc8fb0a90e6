import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

@testable import QueueKit

extension TaskTag {
    static let lane = TaskTag("lane", isSelective: false)
}

/// Tasks of a sequence run one after another.
@Suite(.everyEngine) struct TaskSequenceTests {
    private static let schema = QueueSchema(tags: [.customer, .lane], sequence: .lane)
    private static let batches = Atomic(0)
    /// Each in a batch of its own.
    private static var request: RequeueRequest {
        let number = batches.add(1, ordering: .relaxed).newValue
        return RequeueRequest(batch: "\(number)", actor: "anna", reason: "")
    }

    private struct Fixture {
        let database: any SQLDatabase
        let store: TaskStore
        let now = QueueFixture.now

        init() async throws {
            database = try await TestStore.open([schema.migration])
            store = TaskStore(database, schema)
        }

        /// Stages tasks named by lane and number, `a1`; `-1` is in no lane.
        func stage(_ keys: String..., kind: TaskKind = .mail) async throws {
            let requests = keys.map { key in
                let lane = key.first.map(String.init).flatMap { $0 == "-" ? nil : $0 }
                return TaskRequest(kind: kind, key: key, tags: lane.map { [.lane: $0] } ?? [:], dueAt: now)
            }
            try await store.write { [now] in try $0.enqueue(requests, at: now) }
        }

        func claim(_ limit: Int = 99) async throws -> [QueuedTask] {
            try await store.write { [now] tasks in
                var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: "w", leaseSeconds: 30)
                claim.limit = limit
                return try tasks.claim(claim, at: now)
            }
        }

        func finish(_ tasks: [QueuedTask]) async throws {
            let isHeld = try await store.write { [now] in try $0.finish(tasks, at: now) }
            #expect(!isHeld.contains(false))
        }

        /// - Parameter seconds: until the next attempt; nil for none.
        func postpone(_ task: QueuedTask, _ seconds: Double?) async throws {
            _ = try await store.write { [now] in
                try $0.postpone(
                    [
                        .init(
                            task, until: seconds.map { now.advanced(bySeconds: $0) }, isPoll: false, errorClass: "e",
                            message: "m", worker: "w")
                    ], at: now)
            }
        }

        func task(_ key: String) async throws -> QueuedTask {
            let all = try await store.read { [now] in try $0.tasks(TaskFilter(), at: now) }
            return try #require(all.first { $0.key == key })
        }

        func cancel(_ key: String) async throws {
            let task = try await task(key)
            let changed = try await store.write { [now] in try $0.cancel([task], request: request, at: now) }
            #expect(changed.count == 1)
        }

        func requeue(_ key: String) async throws -> Int {
            let task = try await task(key)
            return try await store.write { [now] in
                try $0.requeue([(task, now)], request: request, at: now).count
            }
        }

        func states(_ keys: String...) async throws -> [TaskState] {
            var states: [TaskState] = []
            for key in keys { states.append(try await task(key).state) }
            return states
        }
    }

    @Test func `a task waits for the older ones of its sequence, and for no other`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "b1", "a2", "-1", "a3", "-2")
        let first = try await fixture.claim()
        #expect(first.map(\.key) == ["a1", "b1", "-1", "-2"])
        #expect(try await fixture.states("a2", "a3") == [.waiting, .waiting])
        #expect(try await fixture.claim().isEmpty)
        try await fixture.finish(first)
        let second = try await fixture.claim()
        #expect(second.map(\.key) == ["a2"])
        // One that is staged meanwhile goes to the end.
        try await fixture.stage("a4", "b2")
        #expect(try await fixture.claim().map(\.key) == ["b2"])
        try await fixture.finish(second)
        #expect(try await fixture.claim().map(\.key) == ["a3"])
    }

    @Test func `a sequence goes across kinds, and a task that is known changes nothing`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", kind: .mail)
        try await fixture.stage("a2", kind: .sweep)
        try await fixture.stage("a1", kind: .mail)
        let first = try await fixture.claim()
        #expect(first.map(\.kind) == [.mail])
        try await fixture.finish(first)
        #expect(try await fixture.claim().map(\.kind) == [.sweep])
        try await fixture.stage("a1", kind: .mail)
        #expect(try await fixture.claim().isEmpty)
    }

    @Test func `a postponed task is not overtaken`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2")
        try await fixture.postpone(try await fixture.claim()[0], 60)
        #expect(try await fixture.states("a1", "a2") == [.scheduled, .waiting])
        #expect(try await fixture.claim().isEmpty)
        let next = try await fixture.store.read { try $0.nextDue(kinds: TaskKind.all) }
        #expect(next == fixture.now.advanced(bySeconds: 60), "what waits is not due")
    }

    @Test func `a released task keeps its turn`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2")
        let claimed = try await fixture.claim()
        try await fixture.store.write { [now = fixture.now] in try $0.release(claimed, at: now) }
        #expect(try await fixture.claim().map(\.key) == ["a1"])
    }

    @Test func `behind a stuck task its sequence waits until it is done`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2", "b1")
        let claimed = try await fixture.claim()
        try await fixture.postpone(claimed[0], nil)
        try await fixture.finish([claimed[1]])
        try await fixture.stage("a3", "b2")
        #expect(try await fixture.claim().map(\.key) == ["b2"])
        #expect(try await fixture.states("a1", "a2", "a3") == [.stuck, .waiting, .waiting])
        #expect(try await fixture.requeue("a2") == 0, "what waits is not requeued")
        #expect(try await fixture.requeue("a1") == 1)
        let again = try await fixture.claim()
        #expect(again.map(\.key) == ["a1"])
        try await fixture.finish(again)
        #expect(try await fixture.claim().map(\.key) == ["a2"])
    }

    @Test func `a skipped task lets those behind it go`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2", "a3", "a4")
        try await fixture.postpone(try await fixture.claim()[0], nil)
        try await fixture.cancel("a3")
        #expect(try await fixture.claim().isEmpty, "one in the middle frees none")
        try await fixture.cancel("a1")
        let next = try await fixture.claim()
        #expect(next.map(\.key) == ["a2"])
        try await fixture.finish(next)
        #expect(try await fixture.claim().map(\.key) == ["a4"])
    }

    @Test func `a skipped task that is requeued goes before those that have not begun`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2", "a3")
        try await fixture.cancel("a1")
        #expect(try await fixture.states("a1", "a2", "a3") == [.canceled, .ready, .waiting])
        #expect(try await fixture.requeue("a1") == 1)
        #expect(try await fixture.states("a1", "a2", "a3") == [.ready, .waiting, .waiting])
        // While a younger one runs, it waits.
        try await fixture.cancel("a1")
        let running = try await fixture.claim()
        #expect(running.map(\.key) == ["a2"])
        #expect(try await fixture.requeue("a1") == 1)
        #expect(try await fixture.claim().isEmpty)
        try await fixture.postpone(running[0], 0)
        #expect(try await fixture.claim().map(\.key) == ["a1"])
        #expect(try await fixture.states("a1", "a2", "a3") == [.running, .waiting, .waiting])
    }

    @Test func `an undone skip restores the order`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2", "a3")
        try await fixture.postpone(try await fixture.claim()[0], nil)
        try await fixture.cancel("a1")
        #expect(try await fixture.states("a1", "a2") == [.canceled, .ready])
        let task = try await fixture.task("a1")
        let changes = try await fixture.store.read { try $0.changes(taskID: task.taskID) }
        let change = try #require(changes.first)
        let now = fixture.now
        let isUndone = try await fixture.store.write { try $0.undo(change, by: "anna", at: now) }
        #expect(isUndone)
        #expect(try await fixture.states("a1", "a2", "a3") == [.stuck, .waiting, .waiting])
        #expect(try await fixture.claim().isEmpty)
    }

    @Test func `a task of a dead worker keeps its turn`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2")
        #expect(try await fixture.claim().map(\.key) == ["a1"])
        let later = fixture.now.advanced(bySeconds: 31)
        let queue = TaskQueue(fixture.store, Self.world(at: later), TaskRegistry([]), retentionSeconds: 1)
        let rescuer = Rescuer(queue, Processes(own: "v") { _ in false })
        try await rescuer.rescueTasksOfDeadWorkers()
        let claimed = try await fixture.store.write { tasks in
            var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: "v", leaseSeconds: 30)
            claim.limit = 9
            return try tasks.claim(claim, at: later)
        }
        #expect(claimed.map(\.key) == ["a1"])
    }

    @Test func `what waits is listed, counted and explained`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a1", "a2", "a3", "b1")
        try await fixture.postpone(try await fixture.claim(1)[0], nil)
        let queue = TaskQueue(fixture.store, Self.world(at: fixture.now), TaskRegistry([]), retentionSeconds: 1)
        var filter = TaskFilter()
        filter.states = [.waiting]
        #expect(try await queue.list(filter).map(\.key) == ["a2", "a3"])
        let groups = try await queue.counts(TaskFilter(), by: .state)
        #expect(Set(groups.map { "\($0.name ?? "") \($0.count)" }) == ["stuck 1", "waiting 2", "ready 1"])
        let unfinished = try await fixture.store.read { [now = fixture.now] in try TaskFigures($0).unfinished(at: now) }
        #expect(unfinished.map { "\($0.state) \($0.count)" } == ["stuck 1", "ready 1", "waiting 2"])
        let situation = try await queue.situation(of: try await fixture.task("a3").taskID)
        #expect(situation.waitsFor?.key == "a1")
        #expect(!situation.isSafeToRequeue)
    }

    @Test func `a worker runs each sequence in its order, whatever fails in between`() async throws {
        let fixture = try await Fixture()
        let lanes = ["a", "b", "c", "d", "e"]
        for number in 0..<20 {
            for lane in lanes { try await fixture.stage("\(lane)\(number)") }
        }
        let ran = Mutex<[String: [String]]>([:])
        let handler = TaskHandler(
            .mail,
            retryPolicy: RetryPolicy(polls: 0, periodSeconds: 0, baseSeconds: 0, capSeconds: 0, maxAttempts: 9)
        ) { task in
            if task.attempts == 1, task.taskID.isMultiple(of: 3) {
                throw TaskFailure(errorClass: "e", message: "the first attempt fails")
            }
            ran.withLock { $0[task.tags[.lane] ?? "", default: []].append(task.key) }
            return .done
        }
        let queue = TaskQueue(
            fixture.store, Self.world(at: fixture.now), TaskRegistry([handler]), retentionSeconds: 1000)
        let summary = try await WorkLoop(Worker(queue, processes: Processes(own: "w") { _ in true }))
            .drain(horizonSeconds: 0)
        #expect(summary.done == 100)
        for lane in lanes { #expect(ran.withLock { $0[lane] } == (0..<20).map { "\(lane)\($0)" }) }
    }

    // MARK: Bounded work

    @Test(.only(.sqlite)) func `what waits is no part of what claims read`() async throws {
        let fixture = try await Fixture()
        try await fixture.stage("a0", "-1")
        try await fixture.database.write { connection in
            try connection.execute(
                """
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 50000)
                INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at, lane)
                SELECT 'mail', 'a' || n, '{}', 'waiting', $1, $1, $1, 'a' FROM numbers
                """, [.instant(QueueFixture.now.advanced(bySeconds: -100))])
        }
        // The statements of a claim, a stage, a finish, a failure, a requeue and a skip.
        let plans = try await fixture.database.write { connection in
            let recorder = RecordingConnection(connection)
            let tasks = TaskRepository(recorder, Self.schema)
            let now = QueueFixture.now
            var claim = TaskRepository.Claim(kinds: [.mail], worker: "w", leaseSeconds: 30)
            claim.limit = 9
            let claimed = try tasks.claim(claim, at: now)
            #expect(claimed.map(\.key) == ["a0", "-1"])
            try tasks.enqueue(TaskRequest(kind: .mail, key: "new", tags: [.lane: "a"], dueAt: now), at: now)
            _ = try tasks.postpone(
                [.init(claimed[0], until: nil, isPoll: false, errorClass: "e", message: "m", worker: "w")], at: now)
            let stuck = try #require(try tasks.task(id: claimed[0].taskID, at: now))
            #expect(try tasks.requeue([(stuck, now)], request: Self.request, at: now).count == 1)
            let ready = try #require(try tasks.task(id: claimed[0].taskID, at: now))
            #expect(try tasks.cancel([ready], request: Self.request, at: now).count == 1)
            #expect(try tasks.claim(claim, at: now).map(\.key) == ["a1"])
            return try recorder.plans()
        }
        for (sql, plan) in plans {
            for line in plan {
                #expect(!line.hasPrefix("SCAN tasks") && !line.hasPrefix("SCAN other"), "\(line) in \(sql)")
                #expect(!line.contains("TEMP B-TREE"), "\(line) in \(sql)")
            }
        }
        #expect(
            plans.values.joined().contains { $0.contains("tasks_by_lane (lane=? AND state=? AND task_id<?)") }
                || plans.values.joined().contains { $0.contains("tasks_by_lane (lane=? AND state=?)") })
    }

    @Test func `a schema without a sequence pays nothing`() {
        let schema = QueueSchema(tags: [.customer, .region])
        #expect(schema.insert.contains("VALUES ($1, $2, $3, 'ready', $4, $5, $5, $6, $7)"))
        #expect(!schema.migration.sql.contains("waiting'"))
    }

    private static func world(at now: Instant) -> World {
        World(
            now: { now },
            sleep: { _ in
                await untilCancelled()
                throw CancellationError()
            }, randomBytes: { Array(repeating: 0, count: $0) }, newID: { "id" })
    }
}

/// Remembers the statements that went through it.
private final class RecordingConnection: SQLConnection {
    private let real: any SQLConnection
    private var statements: [String: Int] = [:]

    init(_ real: any SQLConnection) { self.real = real }

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        statements[sql] = parameters.count
        return try real.query(sql, parameters)
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        statements[sql] = parameters.count
        return try real.execute(sql, parameters)
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        statements[sql] = parameters.count
        try real.forEachRow(sql, parameters, body)
    }

    /// How SQLite runs each statement that touches tasks.
    func plans() throws -> [String: [String]] {
        var plans: [String: [String]] = [:]
        for (sql, count) in statements where sql.contains("tasks ") {
            let parameters = [SQLValue](repeating: .null, count: count)
            plans[sql] = try real.query("EXPLAIN QUERY PLAN " + sql, parameters).map { try $0.text("detail") }
        }
        return plans
    }
}
