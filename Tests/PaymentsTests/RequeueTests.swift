import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing

@Suite(.everyEngine) struct RequeueTests {
    /// Three paid orders whose cashback is stuck; their tasks' ids in order.
    private func stuck(_ fixture: PaymentFixture) async throws -> [Int64] {
        fixture.partners.before = { if Calls.post($0) { throw $0.error(.serverError(status: 503)) } }
        for number in 0..<3 {
            try await fixture.begin(try await fixture.newOrder("\(number)"), "guest-\(number)")
            try await fixture.settle([.paymentSettle, .cashbackAccrue])
            fixture.clock.advance(bySeconds: 60)
        }
        fixture.partners.before = { _ in }
        var filter = TaskFilter()
        filter.states = [.stuck]
        return try await fixture.services.queue.list(filter).map(\.taskID).sorted()
    }

    private func fixture() async throws -> PaymentFixture {
        try await PaymentFixture(settings: {
            $0.retry[.cashbackAccrue] = RetryPolicy(
                polls: 0, periodSeconds: 1, baseSeconds: 1, capSeconds: 1, maxAttempts: 1)
        })
    }

    private func requeue(
        _ fixture: PaymentFixture, _ filter: TaskFilter, reason: String, isDryRun: Bool
    ) async throws -> TaskChangeResult {
        var request = TaskChangeRequest(.requeue, filter, actor: "support")
        request.reason = reason
        request.isDryRun = isDryRun
        return try await fixture.services.queue.change(request)
    }

    @Test func `a dry run shows and changes nothing`() async throws {
        let fixture = try await fixture()
        let ids = try await stuck(fixture)
        #expect(ids.count == 3)
        let before = try await fixture.tasks()
        var filter = TaskFilter()
        filter.states = [.stuck]
        let shown = try await requeue(fixture, filter, reason: "cashback is back", isDryRun: true)
        #expect(shown.isDryRun && shown.changed.map(\.taskID).sorted() == ids && shown.skipped.isEmpty)
        #expect(try await fixture.tasks() == before)
        let done = try await requeue(fixture, filter, reason: "cashback is back", isDryRun: false)
        #expect(done.changed.map(\.taskID) == shown.changed.map(\.taskID), "what was shown is what is done")
        #expect(done.batch != shown.batch)
        try await fixture.drain()
        #expect(try await fixture.tasks(.cashbackAccrue).allSatisfy { $0.state == .done })
    }

    @Test func `history is kept`() async throws {
        let fixture = try await fixture()
        let id = try #require(try await stuck(fixture).first)
        var filter = TaskFilter()
        filter.ids = [id]
        let result = try await requeue(fixture, filter, reason: "they are back", isDryRun: false)
        let details = try await fixture.services.queue.details(id)
        #expect(details.task.state == .ready && details.task.attempts == 0)
        #expect(details.task.errorClass == "partner_failed", "why it was stuck stays to be read")
        #expect(details.attempts.map(\.errorClass) == ["partner_failed"])
        let requeue = try #require(details.changes.first)
        #expect(requeue.request.batch == result.batch && requeue.request.reason == "they are back")
        #expect(requeue.request.actor == "support" && requeue.action == .requeue)
        #expect(requeue.before.state == "stuck" && requeue.before.attempts == 1)
        #expect(requeue.before.errorClass == "partner_failed")
        #expect(requeue.after.state == "ready" && requeue.after.attempts == 0)
        let orderID = try #require(details.task.orderID)
        let entry = try #require(try await Orders(fixture.services).history(orderID).last)
        #expect(entry.event == .taskRequeued && entry.detail["batch"] == result.batch)
        try await fixture.settle()
        let done = try await fixture.services.queue.details(id)
        #expect(done.task.state == .done && done.attempts.count == 1)
    }

    @Test func `running and done tasks are skipped`() async throws {
        let fixture = try await fixture()
        _ = try await stuck(fixture)
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder("slow")
        try await fixture.begin(orderID)
        trouble.before(Calls.hold) { _ in
            var filter = TaskFilter()
            filter.kinds = [.paymentSettle]
            filter.states = [.running, .done]
            let result = try await requeue(fixture, filter, reason: "impatient", isDryRun: false)
            #expect(result.changed.isEmpty && result.matched.count == 4)
            #expect(Set(result.skipped.map(\.why)) == ["it is running", "it is done"])
        }
        try await fixture.settle([.paymentSettle])
        #expect(trouble.isOver)
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test(arguments: TaskState.allCases.map { [$0] } + [[.stuck, .done], [.scheduled, .ready]])
    func `tasks can be selected by every state`(states: [TaskState]) async throws {
        let fixture = try await fixture()
        _ = try await stuck(fixture)
        var filter = TaskFilter()
        filter.states = states
        filter.limit = 100
        let tasks = try await fixture.services.queue.list(filter)
        #expect(tasks.allSatisfy { states.contains($0.state) })
        let all = try await fixture.tasks().filter { states.contains($0.state) }
        #expect(tasks.count == all.count)
    }

    @Test func `all filters must match`() async throws {
        let fixture = try await fixture()
        let ids = try await stuck(fixture)
        let tasks = try await fixture.tasks(.cashbackAccrue).sorted { $0.taskID < $1.taskID }
        #expect(tasks.map(\.taskID) == ids)
        let cases: [(String, (inout TaskFilter) -> Void, [Int64])] = [
            ("kind", { $0.kinds = [.cashbackAccrue] }, ids),
            (
                "kind and order",
                {
                    $0.kinds = [.cashbackAccrue]
                    $0.orderID = tasks[1].orderID
                }, [ids[1]]
            ),
            (
                "another order's id",
                {
                    $0.ids = [ids[0]]
                    $0.orderID = tasks[1].orderID
                }, []
            ),
            ("error class", { $0.errorClass = "partner_failed" }, ids),
            (
                "another error class",
                {
                    $0.errorClass = "not_yet"
                    $0.kinds = [.cashbackAccrue]
                }, []
            ),
            (
                "restaurant",
                {
                    $0.clientID = PaymentFixture.clientID
                    $0.states = [.stuck]
                }, ids
            ),
            ("another restaurant", { $0.clientID = "cafe" }, []),
            (
                "since",
                {
                    $0.since = tasks[1].createdAt
                    $0.states = [.stuck]
                }, Array(ids[1...])
            ),
            (
                "until",
                {
                    $0.until = tasks[1].createdAt
                    $0.states = [.stuck]
                }, [ids[0]]
            ),
            (
                "a moment",
                {
                    $0.since = tasks[1].createdAt
                    $0.until = tasks[2].createdAt
                    $0.states = [.stuck]
                },
                [ids[1]]
            ),
            (
                "limit",
                {
                    $0.states = [.stuck]
                    $0.limit = 2
                }, Array(ids[..<2])
            ),
        ]
        for (name, narrow, expected) in cases {
            var filter = TaskFilter()
            narrow(&filter)
            let found = try await fixture.services.queue.list(filter).map(\.taskID).sorted()
            #expect(found == expected, "\(name)")
            let shown = try await requeue(fixture, filter, reason: "test", isDryRun: true)
            #expect(shown.matched.map(\.taskID).sorted() == expected, "\(name)")
        }
    }

    @Test func `an empty filter does not select everything`() async throws {
        let fixture = try await fixture()
        _ = try await stuck(fixture)
        let cases: [(ids: [Int64], limit: Int?, error: TaskError)] = [
            ([], nil, .emptyFilter), ([], 10, .emptyFilter), ([4711], nil, .notFound(4711)),
        ]
        for (ids, limit, error) in cases {
            var filter = TaskFilter()
            filter.ids = ids
            filter.limit = limit
            let asked = filter
            await #expect(throws: error) {
                try await requeue(fixture, asked, reason: "x", isDryRun: true)
            }
        }
        await #expect(throws: TaskError.notFound(4711)) { try await fixture.services.queue.details(4711) }
    }

    @Test func `tasks that cannot be requeued are listed with those that are`() async throws {
        let fixture = try await fixture()
        let ids = try await stuck(fixture)
        var filter = TaskFilter()
        filter.ids = [4711, ids[0], ids[1]]
        filter.until = try #require(try await fixture.tasks().first { $0.taskID == ids[1] }).createdAt
        let result = try await requeue(fixture, filter, reason: "x", isDryRun: false)
        #expect(result.changed.map(\.taskID) == [ids[0]])
        #expect(result.skipped.map(\.taskID) == [4711, ids[1]])
        #expect(result.skipped.map(\.why) == ["task not found", "excluded by the other filters"])
    }
}
