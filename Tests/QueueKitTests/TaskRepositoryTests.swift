import QueueKit
import SQLKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct TaskRepositoryTests {
    private func claim(
        _ fixture: QueueFixture, _ worker: String = "w", at instant: Instant = QueueFixture.now,
        _ change: (inout TaskRepository.Claim) -> Void = { _ in }
    ) async throws -> [QueuedTask] {
        var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: worker, leaseSeconds: 30)
        change(&claim)
        let asked = claim
        return try await fixture.store.write { try $0.claim(asked, at: instant) }
    }

    @Test func `a task is read as it was staged`() async throws {
        let fixture = try await QueueFixture()
        try await fixture.enqueue(QueueFixture.request("k", customer: "o"))
        let task = try #require(
            try await fixture.store.read { try $0.tasks(TaskFilter(), at: QueueFixture.now) }.first)
        #expect(task.kind == .charge && task.key == "k" && task.payload == ["a": "б"] && task.tags[.customer] == "o")
        #expect(task.tags[.region] == "north" && task.state == .ready && task.attempts == 0 && task.fence == 0)
        #expect(task.nextAttemptAt == QueueFixture.now && task.createdAt == QueueFixture.now && task.leasedBy == nil)
        let later = try await fixture.store.read {
            try $0.task(id: task.taskID, at: QueueFixture.now.advanced(bySeconds: -1))
        }
        #expect(later?.state == .scheduled)
    }

    @Test func `staging twice is one task`() async throws {
        let fixture = try await QueueFixture()
        for _ in 0..<2 { try await fixture.enqueue(QueueFixture.request("k")) }
        try await fixture.enqueue(QueueFixture.request("k", kind: .mail))
        #expect(try await claim(fixture) { $0.limit = 10 }.count == 2)
        // Not even when it is done.
        try await fixture.enqueue(QueueFixture.request("k"))
        #expect(try await claim(fixture) { $0.limit = 10 }.isEmpty)
    }

    @Test func `the oldest due goes first`() async throws {
        let fixture = try await QueueFixture()
        for (key, seconds) in [("late", 5.0), ("old", -5), ("now", 0), ("older", -9), ("also now", 0)] {
            try await fixture.enqueue(QueueFixture.request(key, dueAt: QueueFixture.now.advanced(bySeconds: seconds)))
        }
        var keys: [String] = []
        while let task = try await claim(fixture).first { keys.append(task.key) }
        #expect(keys == ["older", "old", "now", "also now"])
        let next = try await fixture.store.read { try $0.nextDue(kinds: TaskKind.all) }
        #expect(next == QueueFixture.now.advanced(bySeconds: 5))
    }

    @Test func `a claim takes only matching tasks`() async throws {
        let fixture = try await QueueFixture()
        try await fixture.enqueue(QueueFixture.request("1", kind: .charge, customer: "o"))
        try await fixture.enqueue(QueueFixture.request("2", kind: .mail, customer: "o"))
        try await fixture.enqueue(QueueFixture.request("3", kind: .mail, customer: "p"))
        #expect(
            try await claim(fixture) {
                $0.kinds = [.sweep]
                $0.limit = 9
            }.isEmpty)
        #expect(
            try await claim(fixture) {
                $0.kinds = []
                $0.limit = 9
            }.isEmpty)
        #expect(
            try await claim(fixture) {
                $0.tags = [.customer: "q"]
                $0.limit = 9
            }.isEmpty)
        let taken = try await claim(fixture) {
            $0.kinds = [.mail, .sweep]
            $0.tags = [.customer: "p"]
            $0.limit = 9
        }
        #expect(taken.map(\.key) == ["3"])
    }

    @Test func `waking affects only waiting tasks`() async throws {
        let fixture = try await QueueFixture()
        let later = QueueFixture.now.advanced(bySeconds: 60)
        for key in ["a", "b"] { try await fixture.enqueue(QueueFixture.request(key, dueAt: later)) }
        try await fixture.store.write { try $0.wake(.charge, key: "a", at: QueueFixture.now) }
        let woken = try await claim(fixture) { $0.limit = 9 }
        #expect(woken.map(\.key) == ["a"])
        try await fixture.store.write { try $0.wake(.charge, key: "a", at: QueueFixture.now) }
        #expect(try await claim(fixture) { $0.limit = 9 }.isEmpty, "a lease is not ended by waking")
    }

    @Test func `an attempt is recorded whatever its message holds`() async throws {
        let fixture = try await QueueFixture()
        try await fixture.enqueue(QueueFixture.request("a"))
        let task = try #require(try await claim(fixture).first)
        let isHeld = try await fixture.store.write {
            try $0.postpone(
                [
                    .init(
                        task, until: nil, isPoll: false, errorClass: "e", message: "\0 of\0 a partner 🧾",
                        worker: "w")
                ], at: QueueFixture.now)
        }
        #expect(isHeld == [true])
        let attempts = try await fixture.store.read { try $0.attempts(taskID: task.taskID) }
        #expect(attempts.map(\.message) == ["\u{FFFD} of\u{FFFD} a partner 🧾"])
    }

    @Test func `only dead workers lose their leases`() async throws {
        let fixture = try await QueueFixture()
        for key in ["a", "b"] { try await fixture.enqueue(QueueFixture.request(key)) }
        _ = try await claim(fixture, "dead")
        _ = try await claim(fixture, "alive")
        let holders = try await fixture.store.read { try $0.leaseHolders() }
        #expect(holders == ["alive", "dead"])
        try await fixture.store.write { try $0.endLeases(of: ["dead"], at: QueueFixture.now) }
        let expired = try await fixture.store.write { try $0.expired(at: QueueFixture.now, limit: 9) }
        #expect(expired.map(\.key) == ["a"] && expired.map(\.leasedBy) == ["dead"])
        #expect(try await claim(fixture, "new") { $0.limit = 9 }.isEmpty, "a lapsed lease is put back first")
    }

    @Test(
        .only(.sqlite),
        arguments: [
            ("every kind", TaskKind.all, nil), ("one kind", [.mail], nil),
            ("a customer", TaskKind.all, "o"),
        ] as [(String, [TaskKind], String?)])
    func `the queries of the queue use an index`(name: String, kinds: [TaskKind], customer: String?) async throws {
        let fixture = try await QueueFixture()
        let plans = try await fixture.database.write { connection in
            let spy = PlanningConnection(real: connection)
            let tasks = TaskRepository(spy, QueueFixture.schema)
            var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: "w", leaseSeconds: 30)
            claim.kinds = kinds
            claim.tags[.customer] = customer
            _ = try tasks.claim(claim, at: QueueFixture.now)
            _ = try tasks.expired(at: QueueFixture.now, limit: 9)
            _ = try tasks.nextDue(kinds: kinds, tags: claim.tags)
            return spy.plans
        }
        #expect(plans.count >= 2)
        for plan in plans {
            #expect(!plan.contains { $0.hasPrefix("SCAN tasks") && !$0.contains("INDEX") }, "\(plan)")
            #expect(!plan.contains { $0.contains("sqlite_autoindex_tasks") }, "\(plan)")
        }
        let claim = try #require(plans.first { $0.contains { $0.contains("tasks") && !$0.contains("task_pauses") } })
        #expect(claim.contains { $0.contains(customer == nil ? "tasks_claimable" : "tasks_by_customer") }, "\(claim)")
    }
}

/// Requests the query plan of every statement before running it.
private final class PlanningConnection: SQLConnection {
    let real: any SQLConnection
    private(set) var plans: [[String]] = []

    init(real: any SQLConnection) { self.real = real }

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        plans.append(try real.query("EXPLAIN QUERY PLAN \(sql)", parameters).map { try $0.text("detail") })
        return try real.query(sql, parameters)
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { try real.execute(sql, parameters) }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        plans.append(try real.query("EXPLAIN QUERY PLAN \(sql)", parameters).map { try $0.text("detail") })
        try real.forEachRow(sql, parameters, body)
    }
}
