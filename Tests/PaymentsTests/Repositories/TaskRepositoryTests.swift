import PaymentCore
import Payments
import SQLKit
import SQLiteEngine
import Testing
import WorldKit

@Suite struct TaskRepositoryTests {
    private func claim(
        _ shelf: Shelf, _ worker: String = "w", at instant: Instant = Shelf.now,
        _ change: (inout TaskRepository.Claim) -> Void = { _ in }
    ) async throws -> [QueuedTask] {
        var claim = TaskRepository.Claim(worker: worker, leaseSeconds: 30)
        change(&claim)
        let asked = claim
        return try await shelf.store.write { try $0.tasks.claim(asked, at: instant) }
    }

    @Test func `a task is read as it was staged`() async throws {
        let shelf = try await Shelf()
        try await shelf.enqueue(Shelf.request("k", orderID: "o"))
        let task = try #require(try await shelf.store.read { try $0.tasks.tasks(TaskFilter(), at: Shelf.now) }.first)
        #expect(task.kind == .paymentSettle && task.key == "k" && task.payload == ["a": "б"] && task.orderID == "o")
        #expect(task.clientID == "bistro" && task.state == .ready && task.attempts == 0 && task.fence == 0)
        #expect(task.nextAttemptAt == Shelf.now && task.createdAt == Shelf.now && task.leasedBy == nil)
        let later = try await shelf.store.read {
            try $0.tasks.task(id: task.taskID, at: Shelf.now.advanced(bySeconds: -1))
        }
        #expect(later?.state == .scheduled)
    }

    @Test func `staging twice is one task`() async throws {
        let shelf = try await Shelf()
        for _ in 0..<2 { try await shelf.enqueue(Shelf.request("k")) }
        try await shelf.enqueue(Shelf.request("k", kind: .receiptFetch))
        #expect(try await claim(shelf) { $0.limit = 10 }.count == 2)
        // Not even when it is done.
        try await shelf.enqueue(Shelf.request("k"))
        #expect(try await claim(shelf) { $0.limit = 10 }.isEmpty)
    }

    @Test func `the oldest due goes first`() async throws {
        let shelf = try await Shelf()
        for (key, seconds) in [("late", 5.0), ("old", -5), ("now", 0), ("older", -9), ("also now", 0)] {
            try await shelf.enqueue(Shelf.request(key, dueAt: Shelf.now.advanced(bySeconds: seconds)))
        }
        var keys: [String] = []
        while let task = try await claim(shelf).first { keys.append(task.key) }
        #expect(keys == ["older", "old", "now", "also now"])
        let next = try await shelf.store.read { try $0.tasks.nextDue(kinds: TaskKind.allCases, orderID: nil) }
        #expect(next == Shelf.now.advanced(bySeconds: 5))
    }

    @Test func `a claim takes only matching tasks`() async throws {
        let shelf = try await Shelf()
        try await shelf.enqueue(Shelf.request("1", kind: .paymentSettle, orderID: "o"))
        try await shelf.enqueue(Shelf.request("2", kind: .receiptFetch, orderID: "o"))
        try await shelf.enqueue(Shelf.request("3", kind: .receiptFetch, orderID: "p"))
        #expect(
            try await claim(shelf) {
                $0.kinds = [.orderExpire]
                $0.limit = 9
            }.isEmpty)
        #expect(
            try await claim(shelf) {
                $0.kinds = []
                $0.limit = 9
            }.isEmpty)
        #expect(
            try await claim(shelf) {
                $0.orderID = "q"
                $0.limit = 9
            }.isEmpty)
        let taken = try await claim(shelf) {
            $0.kinds = [.receiptFetch, .orderExpire]
            $0.orderID = "p"
            $0.limit = 9
        }
        #expect(taken.map(\.key) == ["3"])
    }

    @Test func `waking affects only waiting tasks`() async throws {
        let shelf = try await Shelf()
        let later = Shelf.now.advanced(bySeconds: 60)
        for key in ["a", "b"] { try await shelf.enqueue(Shelf.request(key, dueAt: later)) }
        try await shelf.store.write { try $0.tasks.wake(.paymentSettle, key: "a", at: Shelf.now) }
        let woken = try await claim(shelf) { $0.limit = 9 }
        #expect(woken.map(\.key) == ["a"])
        try await shelf.store.write { try $0.tasks.wake(.paymentSettle, key: "a", at: Shelf.now) }
        #expect(try await claim(shelf) { $0.limit = 9 }.isEmpty, "a lease is not ended by waking")
    }

    @Test func `only dead workers lose their leases`() async throws {
        let shelf = try await Shelf()
        for key in ["a", "b"] { try await shelf.enqueue(Shelf.request(key)) }
        _ = try await claim(shelf, "dead")
        _ = try await claim(shelf, "alive")
        let holders = try await shelf.store.read { try $0.tasks.leaseHolders() }
        #expect(holders == ["alive", "dead"])
        try await shelf.store.write { try $0.tasks.endLeases(of: "dead", at: Shelf.now) }
        let lapsed = try await shelf.store.read { try $0.tasks.lapsed(at: Shelf.now, limit: 9) }
        #expect(lapsed.map(\.key) == ["a"] && lapsed.map(\.leasedBy) == ["dead"])
        #expect(try await claim(shelf, "new") { $0.limit = 9 }.isEmpty, "a lapsed lease is put back first")
    }

    @Test(
        arguments: [
            ("every kind", TaskKind.allCases, nil), ("one kind", [.receiptFetch], nil),
            ("an order", TaskKind.allCases, "o"),
        ] as [(String, [TaskKind], String?)])
    func `the queries of the queue use an index`(name: String, kinds: [TaskKind], orderID: String?) async throws {
        let shelf = try await Shelf()
        let plans = try await shelf.database.write { connection in
            let spy = PlanningConnection(real: connection)
            let tasks = TaskRepository(spy)
            var claim = TaskRepository.Claim(worker: "w", leaseSeconds: 30)
            claim.kinds = kinds
            claim.orderID = orderID
            _ = try tasks.claim(claim, at: Shelf.now)
            _ = try tasks.lapsed(at: Shelf.now, limit: 9)
            _ = try tasks.nextDue(kinds: kinds, orderID: orderID)
            return spy.plans
        }
        #expect(plans.count >= 2)
        for plan in plans {
            #expect(!plan.contains { $0.hasPrefix("SCAN tasks") && !$0.contains("INDEX") }, "\(plan)")
            #expect(!plan.contains { $0.contains("sqlite_autoindex_tasks") }, "\(plan)")
        }
        let claim = try #require(plans.first { $0.contains { $0.contains("tasks") && !$0.contains("task_pauses") } })
        #expect(claim.contains { $0.contains(orderID == nil ? "tasks_claimable" : "tasks_by_order") }, "\(claim)")
    }
}

/// Requests the query plan of every statement before running it.
private final class PlanningConnection: SQLConnection {
    let real: any SQLConnection
    private(set) var plans: [[String]] = []

    init(real: any SQLConnection) { self.real = real }

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
