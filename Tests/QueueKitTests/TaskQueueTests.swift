import QueueKit
import SQLKit
import SQLiteEngine
import TestSupport
import Testing
import WorldKit

/// Pauses, retention, filters and changes, as stored.
@Suite(.everyEngine) struct TaskQueueTests {
    private func claim(_ fixture: QueueFixture, _ limit: Int = 99, at instant: Instant = QueueFixture.now) async throws
        -> [QueuedTask]
    {
        try await fixture.store.write { tasks in
            var claim = TaskRepository.Claim(kinds: TaskKind.all, worker: "w", leaseSeconds: 30)
            claim.limit = limit
            return try tasks.claim(claim, at: instant)
        }
    }

    private func later(_ seconds: Double) -> Instant { QueueFixture.now.advanced(bySeconds: seconds) }

    @Test func `a paused kind is not claimed`() async throws {
        let fixture = try await QueueFixture()
        try await fixture.enqueue(QueueFixture.request("a", kind: .mail))
        try await fixture.enqueue(QueueFixture.request("b", kind: .sweep, dueAt: later(5)))
        let pause: @Sendable (String) async throws -> Bool = { reason in
            try await fixture.store.write {
                try $0.pause(.mail, by: "support", reason: reason, at: QueueFixture.now)
            }
        }
        #expect(try await pause("Check is down"))
        #expect(try await pause("again") == false, "the first pause stays")
        #expect(try await claim(fixture).isEmpty)
        let (next, pauses) = try await fixture.store.read {
            (try $0.nextDue(kinds: TaskKind.all), try $0.pausesInForce())
        }
        #expect(next == later(5), "what is paused is not waited for")
        #expect(pauses.map(\.reason) == ["Check is down"] && pauses.map(\.kind) == [.mail])
        let end = later(9)
        let resume: @Sendable () async throws -> Bool = {
            try await fixture.store.write { try $0.resume(.mail, by: "support", at: end) }
        }
        #expect(try await resume())
        #expect(try await resume() == false)
        #expect(try await claim(fixture).map(\.key) == ["a"])
        let history = try await fixture.store.read { try $0.pauses(of: .mail) }
        #expect(history.map(\.resumedAt) == [end], "it is kept")
    }

    @Test func `many paused tasks do not slow others down`() async throws {
        let fixture = try await QueueFixture()
        for number in 0..<50 { try await fixture.enqueue(QueueFixture.request("\(number)", kind: .mail)) }
        try await fixture.enqueue(QueueFixture.request("other", kind: .sweep))
        _ = try await fixture.store.write {
            try $0.pause(.mail, by: "support", reason: "", at: QueueFixture.now)
        }
        #expect(try await claim(fixture, 1).map(\.key) == ["other"])
    }

    @Test func `only tasks without failures are removed`() async throws {
        let fixture = try await QueueFixture()
        for key in ["plain", "polled", "failed", "young", "unfinished"] {
            try await fixture.enqueue(QueueFixture.request(key))
        }
        let claimed = try await claim(fixture)
        try await fixture.store.write { tasks in
            for task in claimed where task.key == "polled" || task.key == "failed" {
                let isPoll = task.key == "polled"
                _ = try tasks.postpone(
                    [
                        .init(
                            task, until: QueueFixture.now, isPoll: isPoll,
                            errorClass: isPoll ? "not_yet" : "partner_failed",
                            message: "m", worker: "w")
                    ], at: QueueFixture.now)
            }
        }
        let again = try await claim(fixture)
        let (young, instant) = (later(50), later(0))
        try await fixture.store.write { tasks in
            for task in claimed + again where task.key != "unfinished" {
                _ = try tasks.finish([task], at: task.key == "young" ? young : instant)
            }
        }
        let end = later(10)
        let removed = try await fixture.store.write { try $0.removeDone(before: end, limit: 10) }
        #expect(removed == 2)
        let (left, attempts) = try await fixture.store.read {
            (try $0.tasks(TaskFilter(), at: QueueFixture.now), try claimed.flatMap(\.taskID, in: $0))
        }
        #expect(Set(left.map(\.key)) == ["failed", "young", "unfinished"])
        #expect(attempts.map(\.errorClass) == ["partner_failed"], "errors are kept for good, polls are not")
        #expect(try await (fixture.database as? SQLiteDatabase)?.integrityCheck() ?? [] == [])
    }

    @Test func `removal is bounded`() async throws {
        let fixture = try await QueueFixture()
        for number in 0..<7 { try await fixture.enqueue(QueueFixture.request("\(number)")) }
        for task in try await claim(fixture) {
            _ = try await fixture.store.write { try $0.finish([task], at: QueueFixture.now) }
        }
        var counts: [Int] = []
        for _ in 0..<3 {
            let end = later(1)
            counts.append(try await fixture.store.write { try $0.removeDone(before: end, limit: 3) })
        }
        #expect(counts == [3, 3, 1])
    }

    @Test func `removal takes every kind`() async throws {
        let fixture = try await QueueFixture()
        for kind in TaskKind.all { try await fixture.enqueue(QueueFixture.request("a", kind: kind)) }
        for task in try await claim(fixture) {
            _ = try await fixture.store.write { try $0.finish([task], at: QueueFixture.now) }
        }
        let end = later(1)
        #expect(try await fixture.store.write { try $0.removeDone(before: end, limit: 3) } == 3)
        #expect(try await fixture.store.write { try $0.removeDone(before: end, limit: 3) } == 1)
    }

    @Test func `finished tasks are counted once in each window`() async throws {
        let fixture = try await QueueFixture()
        for number in 0..<4 { try await fixture.enqueue(QueueFixture.request("\(number)", kind: .mail)) }
        try await fixture.enqueue(QueueFixture.request("other", kind: .sweep))
        for (task, seconds) in zip(try await claim(fixture), [0.0, 10, 50, 60, 60]) {
            let end = later(seconds)
            _ = try await fixture.store.write { try $0.finish([task], at: end) }
        }
        let instants = [later(60), later(50), later(10.5), later(0)]
        let (counts, last, none) = try await fixture.store.read { tasks in
            let figures = TaskFigures(tasks)
            return (
                try figures.done(.mail, since: instants), try figures.lastDone(.mail),
                try figures.lastDone(.report)
            )
        }
        #expect(counts == [1, 2, 2, 4])
        #expect(last == later(60) && none == nil)
    }

    @Test func `the most urgent tasks come first`() async throws {
        let fixture = try await QueueFixture()
        for (key, seconds) in [("soon", 5.0), ("due", -1), ("stuck", -9), ("running", -8), ("done", -7), ("later", 9)] {
            try await fixture.enqueue(
                QueueFixture.request(key, kind: TaskKind.all[key.count % 4], dueAt: later(seconds)))
        }
        let claimed = try await claim(fixture, 3)
        try await fixture.store.write { tasks in
            for task in claimed where task.key == "done" {
                _ = try tasks.finish([task], at: QueueFixture.now)
            }
            for task in claimed where task.key == "stuck" {
                _ = try tasks.postpone(
                    [.init(task, until: nil, isPoll: false, errorClass: "x", message: "x", worker: "w")],
                    at: QueueFixture.now)
            }
        }
        let order = ["stuck", "running", "due", "soon", "later", "done"]
        for limit in [nil, 1, 3, 4, 6, 9] {
            var filter = TaskFilter()
            filter.limit = limit
            let asked = filter
            let keys = try await fixture.store.read { try $0.tasks(asked, at: QueueFixture.now).map(\.key) }
            #expect(keys == Array(order.prefix(limit ?? 9)), "limit \(limit ?? 0)")
        }
        let groups = try await fixture.store.read {
            try $0.counts(TaskFilter(), by: .state, at: QueueFixture.now)
        }
        #expect(groups.first?.name == "scheduled" && groups.first?.count == 2 && groups.count == 5)
    }

    @Test(.only(.sqlite)) func `the list uses an index`() async throws {
        let fixture = try await QueueFixture()
        let cases = [
            ("state = 'stuck'", "due_at, task_id", "tasks_stuck"),
            ("state = 'running'", "due_at, task_id", "tasks_leased"),
            ("state = 'canceled'", "updated_at DESC, task_id DESC", "tasks_canceled"),
            ("state = 'done' AND kind = 'mail'", "updated_at DESC", "tasks_done"),
        ]
        for (condition, order, index) in cases {
            let plan = try await fixture.database.read { connection in
                try connection.query(
                    "EXPLAIN QUERY PLAN SELECT * FROM tasks WHERE \(condition) ORDER BY \(order) LIMIT $1",
                    [.integer(1)]
                ).map { try $0.text("detail") }
            }
            #expect(plan.count == 1 && plan[0].contains(index), "\(plan)")
        }
    }

    @Test func `a task that was not begun is returned unchanged`() async throws {
        let fixture = try await QueueFixture()
        try await fixture.enqueue(QueueFixture.request("a"))
        let task = try #require(try await claim(fixture).first)
        try await fixture.store.write { try $0.release([task], at: QueueFixture.now) }
        let again = try #require(try await claim(fixture).first)
        #expect(again.attempts == 1 && again.nextAttemptAt == QueueFixture.now, "what was not begun is no attempt")
        #expect(again.fence == task.fence + 1)
    }
}

extension [QueuedTask] {
    fileprivate func flatMap(
        _ id: KeyPath<QueuedTask, Int64>, in tasks: TaskRepository
    ) throws -> [TaskAttempt] {
        try flatMap { try tasks.attempts(taskID: $0[keyPath: id]) }
    }
}
