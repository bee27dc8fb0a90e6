import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// What transactions around the queue may rely on.
@Suite(.everyEngine) struct TaskStoreTests {
    @Test func `tasks are selected, grouped and claimed by their tags`() async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        try await fixture.stage(.mail, "1", [.customer: "anna", .region: "north"])
        try await fixture.stage(.mail, "2", [.customer: "boris", .region: "north"])
        try await fixture.stage(.sweep, "3", [.region: "south"])
        try await fixture.stage(.sweep, "4")
        try await fixture.store.write { tasks in
            func keys(_ tags: [TaskTag: String]) throws -> [String] {
                var filter = TaskFilter()
                filter.tags = tags
                return try tasks.tasks(filter, at: now).map(\.key).sorted()
            }
            #expect(try keys([.customer: "anna"]) == ["1"])
            #expect(try keys([.region: "north"]) == ["1", "2"])
            #expect(try keys([.customer: "anna", .region: "south"]).isEmpty)
            let groups = try tasks.counts(TaskFilter(), by: .tag(.region), at: now)
            #expect(groups.map(\.name) == ["north", nil, "south"] && groups.map(\.count) == [2, 1, 1])
            var claim = TaskRepository.Claim(kinds: [.mail, .sweep], worker: "w", leaseSeconds: 9)
            claim.tags = [.region: "south"]
            claim.limit = 9
            #expect(try tasks.claim(claim, at: now).map(\.key) == ["3"])
            claim.tags = [.customer: "boris"]
            #expect(try tasks.claim(claim, at: now).map(\.tags) == [[.customer: "boris", .region: "north"]])
            #expect(
                try tasks.nextDue(kinds: [.mail, .sweep], tags: [.customer: "boris"]) == now.advanced(bySeconds: 9))
            #expect(try tasks.nextDue(kinds: [.mail], tags: [.customer: "anna"]) == now)
            #expect(try tasks.nextDue(kinds: [.sweep], tags: [.customer: "anna"]) == nil)
        }
    }

    @Test func `tasks of kinds without a handler are listed and never claimed`() async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        try await fixture.stage(.mail, "1")
        try await fixture.store.write { tasks in
            let listed = try tasks.tasks(TaskFilter(), at: now)
            #expect(listed.count == 1)
            var claim = TaskRepository.Claim(kinds: [.sweep], worker: "w", leaseSeconds: 9)
            claim.limit = 9
            #expect(try tasks.claim(claim, at: now).isEmpty)
        }
    }

    @Test func `a task that changed since it was read is not changed again`() async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        let read = try await fixture.stage(.mail, "1")
        try await fixture.store.write { tasks in
            let claim = TaskRepository.Claim(kinds: [.mail], worker: "w", leaseSeconds: 9)
            let leased = try tasks.claim(claim, at: now)
            #expect(leased.map(\.taskID) == [read.taskID])
            let request = RequeueRequest(batch: "b", actor: "anna", reason: "")
            #expect(try tasks.cancel([read], request: request, at: now).isEmpty)
            #expect(try tasks.requeue([(read, now)], request: request, at: now).isEmpty)
            #expect(try tasks.changes(taskID: read.taskID).isEmpty, "and nothing is recorded")
            #expect(try tasks.finish([read], at: now) == [false])
            #expect(try tasks.extendLeases(leased, until: now) == [true])
            #expect(try tasks.finish(leased, at: now) == [true])
            #expect(try tasks.finish(leased, at: now) == [false])
        }
    }

    @Test func `each of many tasks has its own result, in the order given`() async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        for key in 1...4 { try await fixture.stage(.mail, "\(key)") }
        try await fixture.store.write { tasks in
            var claim = TaskRepository.Claim(kinds: [.mail], worker: "w", leaseSeconds: 9)
            claim.limit = 4
            let leased = try tasks.claim(claim, at: now)
            _ = try tasks.finish([leased[1]], at: now)
            #expect(try tasks.finish(leased.reversed(), at: now) == [true, true, false, true])
        }
    }

    @Test(arguments: [false, true])
    func `an attempt under a lost lease does not mix with the task's current one`(lostComesLast: Bool) async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        let task = try await fixture.stage(.mail, "1")
        try await fixture.store.write { tasks in
            let claim = TaskRepository.Claim(kinds: [.mail], worker: "w", leaseSeconds: 9)
            let lost = try tasks.claim(claim, at: now)[0]
            try tasks.release([lost], at: now)
            let current = try tasks.claim(claim, at: now)[0]
            let lostOne = TaskRepository.Postponement(
                lost, until: nil, isPoll: false, errorClass: "lost", message: "lost", worker: "w")
            let currentOne = TaskRepository.Postponement(
                current, until: now.advanced(bySeconds: 5), isPoll: true, errorClass: "current", message: "current",
                worker: "w")
            let isRecorded = try tasks.postpone(
                lostComesLast ? [currentOne, lostOne] : [lostOne, currentOne], at: now)
            #expect(isRecorded == (lostComesLast ? [true, false] : [false, true]))
            let after = try #require(try tasks.task(id: task.taskID, at: now))
            #expect(after.state == .scheduled && after.nextAttemptAt == now.advanced(bySeconds: 5))
            #expect(after.errorClass == "current" && after.polls == 1)
            #expect(try tasks.attempts(taskID: task.taskID).map(\.errorClass) == ["current"])
        }
    }

    // MARK: Conflicts

    @Test(.only(.sqlite)) func `a conflict while an attempt is recorded draws no second random delay`() async throws {
        let fixture = try await QueueFixture()
        let task = try await fixture.stage(.mail, "1")
        let database = ConflictingDatabase(real: fixture.database, conflicts: 0)
        let draws = Mutex<UInt8>(0)
        let world = World(
            now: { QueueFixture.now }, sleep: { try await Task.sleep(for: .seconds($0)) },
            randomBytes: { count in
                draws.withLock { $0 += 1 }
                return Array(repeating: draws.withLock { $0 }, count: count)
            }, newID: { "" })
        let policy = RetryPolicy(
            polls: 0, periodSeconds: 1, baseSeconds: 65_536, capSeconds: 65_536, jitter: 1, maxAttempts: 9)
        let handler = TaskHandler(.mail, retryPolicy: policy) { _ in
            database.conflict(times: 2)
            throw TaskFailure(errorClass: "failed", message: "")
        }
        let queue = TaskQueue(
            TaskStore(database, QueueFixture.schema), world, TaskRegistry([handler]), retentionSeconds: 60)
        let worker = Worker(queue, processes: Processes(own: "w") { _ in true })
        #expect(try await worker.runDue().map(\.task.taskID) == [task.taskID])
        // One draw for the transaction that claims, one for the transaction that records.
        #expect(draws.withLock { $0 } == 2)
        #expect(try await worker.nextDue() == QueueFixture.now.advanced(bySeconds: 65_536 - 2 * 257))
    }

    @Test(.only(.sqlite)) func `a body that conflicts runs again and its effects happen once`() async throws {
        let fixture = try await QueueFixture()
        let database = ConflictingDatabase(real: fixture.database, conflicts: 2)
        let outcomes = Mutex<[Bool]>([])
        let store = TaskStore(database, QueueFixture.schema).observed { outcome in
            outcomes.withLock { list in
                if case .done = outcome { list.append(true) } else { list.append(false) }
            }
        }
        let now = fixture.now
        let runs = Mutex(0)
        try await store.write { tasks in
            runs.withLock { $0 += 1 }
            try tasks.enqueue(TaskRequest(kind: .mail, key: "1", dueAt: now), at: now)
        }
        #expect(runs.withLock { $0 } == 3)
        #expect(outcomes.withLock { $0 } == [true], "one write, however often it ran")
        #expect(try await fixture.store.read { try $0.tasks(TaskFilter(), at: now).count } == 1)
    }

    @Test(arguments: [SQLError.Code.conflict, .unreachable, .outcomeUnknown])
    func `an error that voids the transaction is not taken for a refusal of the task`(code: SQLError.Code) async throws
    {
        let fixture = try await QueueFixture()
        let now = fixture.now
        try await fixture.store.write { tasks in
            let failing = TaskRepository(FailingConnection(real: tasks.connection, code: code), QueueFixture.schema)
            #expect(throws: SQLError(code: code, message: "failed")) {
                try failing.enqueueIfPossible(TaskRequest(kind: .mail, key: "1", dueAt: now), at: now)
            }
        }
        #expect(try await fixture.store.read { try TaskFigures($0).stagingFailures(since: now).total } == 0)
    }

    @Test func `a refused task is recorded and the rest of the transaction continues`() async throws {
        let fixture = try await QueueFixture()
        let now = fixture.now
        try await fixture.store.write { tasks in
            let failing = TaskRepository(
                FailingConnection(real: tasks.connection, code: .constraint), QueueFixture.schema)
            let request = TaskRequest(kind: .mail, key: "1", tags: [.customer: "anna"], dueAt: now)
            let failure = try failing.enqueueIfPossible(request, at: now)
            #expect(failure?.message == "failed" && failure?.tags == [.customer: "anna"])
        }
        #expect(try await fixture.store.read { try TaskFigures($0).stagingFailures(since: now).total } == 1)
    }
}

/// A database whose first commits conflict, as those of an engine without a single writer may.
private final class ConflictingDatabase: SQLDatabase {
    private let real: any SQLDatabase
    private let left: Mutex<Int>

    init(real: any SQLDatabase, conflicts: Int) {
        self.real = real
        left = Mutex(conflicts)
    }

    func conflict(times: Int) { left.withLock { $0 = times } }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        try real.readImmediately(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        let conflicts = left.withLock { left in
            left -= 1
            return left >= 0
        }
        return try await real.write { connection in
            let value = try body(connection)
            if conflicts { throw SQLError(code: .conflict, message: "changed by another transaction") }
            return value
        }
    }

    func close() async {}
}

/// A connection that cannot insert tasks.
private struct FailingConnection: SQLConnection {
    let real: any SQLConnection
    let code: SQLError.Code

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try real.query(sql, parameters) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        if sql.hasPrefix("INSERT INTO tasks") { throw SQLError(code: code, message: "failed") }
        return try real.execute(sql, parameters)
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try real.forEachRow(sql, parameters, body)
    }
}
