import PaymentCore
import Payments
import QueueKit
import SQLKit
import SQLiteEngine
import Testing
import WorldKit

/// Pauses, retention, filters and changes, as stored.
@Suite struct TaskQueueTests {
    private func claim(_ fixture: StoreFixture, _ limit: Int = 99, at instant: Instant = StoreFixture.now) async throws
        -> [QueuedTask]
    {
        try await fixture.store.write { transaction in
            var claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "w", leaseSeconds: 30)
            claim.limit = limit
            return try transaction.tasks.claim(claim, at: instant)
        }
    }

    private func later(_ seconds: Double) -> Instant { StoreFixture.now.advanced(bySeconds: seconds) }

    @Test func `a paused kind is not claimed`() async throws {
        let fixture = try await StoreFixture()
        try await fixture.enqueue(StoreFixture.request("a", kind: .receiptFetch))
        try await fixture.enqueue(StoreFixture.request("b", kind: .orderExpire, dueAt: later(5)))
        let pause: @Sendable (String) async throws -> Bool = { reason in
            try await fixture.store.write {
                try $0.tasks.pause(.receiptFetch, by: "support", reason: reason, at: StoreFixture.now)
            }
        }
        #expect(try await pause("Check is down"))
        #expect(try await pause("again") == false, "the first pause stays")
        #expect(try await claim(fixture).isEmpty)
        let (next, pauses) = try await fixture.store.read {
            (try $0.tasks.nextDue(kinds: TaskKind.payments), try $0.tasks.pausesInForce())
        }
        #expect(next == later(5), "what is paused is not waited for")
        #expect(pauses.map(\.reason) == ["Check is down"] && pauses.map(\.kind) == [.receiptFetch])
        let end = later(9)
        let resume: @Sendable () async throws -> Bool = {
            try await fixture.store.write { try $0.tasks.resume(.receiptFetch, by: "support", at: end) }
        }
        #expect(try await resume())
        #expect(try await resume() == false)
        #expect(try await claim(fixture).map(\.key) == ["a"])
        let history = try await fixture.store.read { try $0.tasks.pauses(of: .receiptFetch) }
        #expect(history.map(\.resumedAt) == [end], "it is kept")
    }

    @Test func `many paused tasks do not slow others down`() async throws {
        let fixture = try await StoreFixture()
        for number in 0..<50 { try await fixture.enqueue(StoreFixture.request("\(number)", kind: .receiptFetch)) }
        try await fixture.enqueue(StoreFixture.request("other", kind: .orderExpire))
        _ = try await fixture.store.write {
            try $0.tasks.pause(.receiptFetch, by: "support", reason: "", at: StoreFixture.now)
        }
        #expect(try await claim(fixture, 1).map(\.key) == ["other"])
    }

    @Test func `only tasks without failures are removed`() async throws {
        let fixture = try await StoreFixture()
        for key in ["plain", "polled", "failed", "young", "unfinished"] {
            try await fixture.enqueue(StoreFixture.request(key))
        }
        let tasks = try await claim(fixture)
        try await fixture.store.write { transaction in
            for task in tasks where task.key == "polled" || task.key == "failed" {
                let isPoll = task.key == "polled"
                _ = try transaction.tasks.postpone(
                    [
                        .init(
                            task, until: StoreFixture.now, isPoll: isPoll,
                            errorClass: isPoll ? "not_yet" : "partner_failed",
                            message: "m", worker: "w")
                    ], at: StoreFixture.now)
            }
        }
        let again = try await claim(fixture)
        let (young, instant) = (later(50), later(0))
        try await fixture.store.write { transaction in
            for task in tasks + again where task.key != "unfinished" {
                _ = try transaction.tasks.finish([task], at: task.key == "young" ? young : instant)
            }
        }
        let end = later(10)
        let removed = try await fixture.store.write { try $0.tasks.removeDone(before: end, limit: 10) }
        #expect(removed == 2)
        let (left, attempts) = try await fixture.store.read {
            (try $0.tasks.tasks(TaskFilter(), at: StoreFixture.now), try tasks.flatMap(\.taskID, in: $0))
        }
        #expect(Set(left.map(\.key)) == ["failed", "young", "unfinished"])
        #expect(attempts.map(\.errorClass) == ["partner_failed"], "errors are kept for good, polls are not")
        #expect(try await fixture.database.integrityCheck().isEmpty)
    }

    @Test func `removal is bounded`() async throws {
        let fixture = try await StoreFixture()
        for number in 0..<7 { try await fixture.enqueue(StoreFixture.request("\(number)")) }
        for task in try await claim(fixture) {
            _ = try await fixture.store.write { try $0.tasks.finish([task], at: StoreFixture.now) }
        }
        var counts: [Int] = []
        for _ in 0..<3 {
            let end = later(1)
            counts.append(try await fixture.store.write { try $0.tasks.removeDone(before: end, limit: 3) })
        }
        #expect(counts == [3, 3, 1])
    }

    @Test func `removal takes every kind`() async throws {
        let fixture = try await StoreFixture()
        for kind in TaskKind.payments { try await fixture.enqueue(StoreFixture.request("a", kind: kind)) }
        for task in try await claim(fixture) {
            _ = try await fixture.store.write { try $0.tasks.finish([task], at: StoreFixture.now) }
        }
        let end = later(1)
        #expect(try await fixture.store.write { try $0.tasks.removeDone(before: end, limit: 3) } == 3)
        #expect(try await fixture.store.write { try $0.tasks.removeDone(before: end, limit: 3) } == 1)
    }

    @Test func `finished tasks are counted once in each window`() async throws {
        let fixture = try await StoreFixture()
        for number in 0..<4 { try await fixture.enqueue(StoreFixture.request("\(number)", kind: .receiptFetch)) }
        try await fixture.enqueue(StoreFixture.request("other", kind: .orderExpire))
        for (task, seconds) in zip(try await claim(fixture), [0.0, 10, 50, 60, 60]) {
            let end = later(seconds)
            _ = try await fixture.store.write { try $0.tasks.finish([task], at: end) }
        }
        let instants = [later(60), later(50), later(10.5), later(0)]
        let (counts, last, none) = try await fixture.store.read { transaction in
            let figures = TaskFigures(transaction.tasks.connection)
            return (
                try figures.done(.receiptFetch, since: instants), try figures.lastDone(.receiptFetch),
                try figures.lastDone(.cashbackAccrue)
            )
        }
        #expect(counts == [1, 2, 2, 4])
        #expect(last == later(60) && none == nil)
    }

    @Test func `the most urgent tasks come first`() async throws {
        let fixture = try await StoreFixture()
        for (key, seconds) in [("soon", 5.0), ("due", -1), ("stuck", -9), ("running", -8), ("done", -7), ("later", 9)] {
            try await fixture.enqueue(
                StoreFixture.request(key, kind: TaskKind.payments[key.count % 4], dueAt: later(seconds)))
        }
        let tasks = try await claim(fixture, 3)
        try await fixture.store.write { transaction in
            for task in tasks where task.key == "done" {
                _ = try transaction.tasks.finish([task], at: StoreFixture.now)
            }
            for task in tasks where task.key == "stuck" {
                _ = try transaction.tasks.postpone(
                    [.init(task, until: nil, isPoll: false, errorClass: "x", message: "x", worker: "w")],
                    at: StoreFixture.now)
            }
        }
        let order = ["stuck", "running", "due", "soon", "later", "done"]
        for limit in [nil, 1, 3, 4, 6, 9] {
            var filter = TaskFilter()
            filter.limit = limit
            let asked = filter
            let keys = try await fixture.store.read { try $0.tasks.tasks(asked, at: StoreFixture.now).map(\.key) }
            #expect(keys == Array(order.prefix(limit ?? 9)), "limit \(limit ?? 0)")
        }
        let groups = try await fixture.store.read {
            try $0.tasks.counts(TaskFilter(), by: .state, at: StoreFixture.now)
        }
        #expect(groups.first?.name == "scheduled" && groups.first?.count == 2 && groups.count == 5)
    }

    @Test func `the list uses an index`() async throws {
        let fixture = try await StoreFixture()
        let cases = [
            ("state = 'stuck'", "due_at, task_id", "tasks_stuck"),
            ("state = 'running'", "due_at, task_id", "tasks_leased"),
            ("state = 'canceled'", "updated_at DESC, task_id DESC", "tasks_canceled"),
            ("state = 'done' AND kind = 'receipt.fetch'", "updated_at DESC", "tasks_done"),
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
        let fixture = try await StoreFixture()
        try await fixture.enqueue(StoreFixture.request("a"))
        let task = try #require(try await claim(fixture).first)
        try await fixture.store.write { try $0.tasks.release([task], at: StoreFixture.now) }
        let again = try #require(try await claim(fixture).first)
        #expect(again.attempts == 1 && again.nextAttemptAt == StoreFixture.now, "what was not begun is no attempt")
        #expect(again.fence == task.fence + 1)
    }
}

extension [QueuedTask] {
    fileprivate func flatMap(
        _ id: KeyPath<QueuedTask, Int64>, in transaction: StoreTransaction
    ) throws -> [TaskAttempt] {
        try flatMap { try transaction.tasks.attempts(taskID: $0[keyPath: id]) }
    }
}
