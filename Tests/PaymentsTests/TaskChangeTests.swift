import PaymentCore
import Payments
import QRPayCLI
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// Requeueing and canceling: exactly the tasks that were shown, recorded, and undone.
@Suite(.everyEngine) struct TaskChangeTests {
    /// Stuck tasks, in the order they became stuck.
    private func stuck(_ count: Int, in database: (any SQLDatabase)? = nil) async throws -> PaymentFixture {
        let fixture = try await PaymentFixture(database: database)
        let now = fixture.clock.now
        try await fixture.store.write { transaction in
            for number in 0..<count {
                try transaction.tasks.enqueue(
                    TaskRequest(
                        kind: .receiptFetch, key: "\(number)", tags: [.orderID: "o-\(number)"], dueAt: now), at: now)
            }
            var claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "w", leaseSeconds: 30)
            claim.limit = count
            for task in try transaction.tasks.claim(claim, at: now) {
                _ = try transaction.tasks.postpone(
                    [.init(task, until: nil, isPoll: false, errorClass: "partner_failed", message: "503", worker: "w")],
                    at: now)
            }
        }
        return fixture
    }

    private func request(
        _ action: TaskChange.Action = .requeue, _ change: (inout TaskChangeRequest) -> Void = { _ in }
    ) -> TaskChangeRequest {
        var filter = TaskFilter()
        filter.states = [.stuck]
        var request = TaskChangeRequest(action, filter, actor: "support")
        change(&request)
        return request
    }

    @Test func `a spread distributes the due times`() async throws {
        let fixture = try await stuck(4)
        let result = try await fixture.services.queue.change(request { $0.spreadSeconds = 600 })
        #expect(result.changed.count == 4 && !result.isDryRun)
        let tasks = try await fixture.tasks()
        #expect(tasks.map { $0.nextAttemptAt.seconds(since: fixture.clock.now) } == [0, 150, 300, 450])
        #expect(tasks.map(\.state) == [.ready, .scheduled, .scheduled, .scheduled])
    }

    @Test func `an undo restores the exact due time`() async throws {
        let fixture = try await stuck(1)
        let id = try #require(try await fixture.tasks().first?.taskID)
        let since = Instant(microseconds: fixture.clock.now.microseconds / 1_000_000 * 1_000_000 + 1_999)
        try await fixture.store.write { transaction in
            let task = try #require(try transaction.tasks.task(id: id, at: since))
            _ = try transaction.tasks.requeue(
                [(task, since)], request: .init(batch: "first", actor: "support", reason: ""), at: since)
        }
        let cancel = try await fixture.services.queue.change(
            request(.cancel) { $0.filter.states = [.ready, .scheduled] })
        #expect(try await fixture.services.queue.undo(batch: cancel.batch, actor: "support").undone == [id])
        #expect(try await fixture.tasks().first?.nextAttemptAt == since)
    }

    @Test func `a stuck task that fails when run by hand keeps its stuck time`() async throws {
        let fixture = try await stuck(1)
        let before = try #require(try await fixture.tasks().first)
        fixture.clock.advance(bySeconds: 600)
        try await fixture.store.write { [now = fixture.clock.now] transaction in
            let claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "w", leaseSeconds: 30)
            let task = try #require(try transaction.tasks.claim(taskID: before.taskID, claim, at: now))
            _ = try transaction.tasks.postpone(
                [.init(task, until: nil, isPoll: false, errorClass: "partner_failed", message: "503", worker: "w")],
                at: now)
        }
        let after = try #require(try await fixture.tasks().first)
        #expect(after.state == .stuck && after.attempts == 2 && after.stateAt == before.stateAt)
    }

    @Test func `tasks that are not undone have a reason`() async throws {
        let fixture = try await stuck(1)
        let first = try await fixture.services.queue.change(request())
        let second = try await fixture.services.queue.change(request { $0.filter.states = [.ready] })
        let undone = try await fixture.services.queue.undo(batch: first.batch, actor: "support")
        #expect(undone.skipped.map(\.why) == ["it was requeued again since, by batch \(second.batch)"])
    }

    @Test func `many tasks are changed in parts`() async throws {
        let fixture = try await stuck(2_500)
        let writes = Mutex(0)
        var services = fixture.services
        services.store = services.store.observed { _ in writes.withLock { $0 += 1 } }
        let pushed = try await services.queue.change(request { $0.spreadSeconds = 2_500 })
        #expect(pushed.changed.count == 2_500 && pushed.skipped.isEmpty)
        #expect(writes.withLock(\.self) == 3)
        let due = try await fixture.tasks().map { Int($0.nextAttemptAt.seconds(since: fixture.clock.now).rounded()) }
        #expect(due == Array(0..<2_500))
        let undone = try await services.queue.undo(batch: pushed.batch, actor: "support")
        #expect(undone.undone.count == 2_500)
        #expect(writes.withLock(\.self) == 6)
        #expect(try await fixture.tasks().allSatisfy { $0.state == .stuck })
    }

    /// The store refuses from the 2,501st task on, so that the third transaction fails.
    @Test(arguments: [(TaskChange.Action.requeue, "requeued"), (.cancel, "canceled")])
    func `a change that fails midway reports what was done`(action: TaskChange.Action, past: String) async throws {
        let database = try await TestStore.open(Schema.migrations)
        let fixture = try await stuck(5_000, in: database)
        func refusal(when what: String) -> RefusingTrigger {
            RefusingTrigger(
                before: "UPDATE", of: "tasks", when: "NEW.task_id > 2500 AND \(what)", message: "no more of this")
        }
        func refuse(_ what: String) async throws {
            try await refusal(when: what).add(to: database)
        }
        func problem(_ body: () async throws -> Void) async throws -> Problem {
            let problem = Problem(try #require(await #expect(throws: (any Error).self) { try await body() }))
            #expect(problem.kind == .store && problem.code == "store_error", "as without a part that was done")
            return problem
        }
        try await refuse("NEW.state <> OLD.state")
        let failure = try await problem { _ = try await fixture.services.queue.change(request(action)) }
        let changed = try await fixture.tasks().filter { $0.state != .stuck }
        let changes = try await fixture.services.queue.details(changed[0].taskID).changes
        let batch = try #require(changes.last?.request.batch)
        #expect(
            failure.message == "the store refused: no more of this; before that, 2000 of 5000 tasks were \(past), "
                + "batch \(batch)")
        #expect(changed.count == 2_000 && failure.nextStep == .undoBatch(batch))

        // The rest, and an undo that fails midway in its turn.
        try await refusal(when: "").remove(from: database)
        let rest = try await fixture.services.queue.change(request(action))
        #expect(rest.changed.count == 3_000)
        try await refuse("NEW.task_id > 3500")
        let half = try await problem { _ = try await fixture.services.queue.undo(batch: rest.batch, actor: "support") }
        #expect(half.message.hasSuffix("; before that, 1000 of 3000 tasks were restored, batch \(rest.batch)"))
        try await refusal(when: "").remove(from: database)
        #expect(try await fixture.services.queue.undo(batch: rest.batch, actor: "support").undone.count == 2_000)
    }

    @Test(arguments: [TaskChange.Action.requeue, .cancel])
    func `tasks that changed meanwhile are left alone`(action: TaskChange.Action) async throws {
        let fixture = try await stuck(1)
        let shown = try await fixture.tasks()[0]
        _ = try await fixture.services.queue.change(request { $0.reason = "first" })
        let requeueRequest = RequeueRequest(batch: "late", actor: "support", reason: "")
        let changed = try await fixture.store.write { [now = fixture.clock.now] transaction in
            switch action {
            case .requeue: try transaction.tasks.requeue([(shown, now)], request: requeueRequest, at: now)
            case .cancel: try transaction.tasks.cancel([shown], request: requeueRequest, at: now)
            }
        }
        #expect(changed.isEmpty)
        #expect(try await fixture.tasks()[0].state == .ready)
    }

    @Test func `a digest fixes the set of tasks`() async throws {
        let fixture = try await stuck(3)
        let shown = try await fixture.services.queue.change(request { $0.isDryRun = true })
        let first = shown.changed[0].taskID
        try await fixture.store.write { [now = fixture.clock.now] transaction in
            guard let task = try transaction.tasks.task(id: first, at: now) else { return }
            let requeueRequest = RequeueRequest(batch: "b", actor: "support", reason: "")
            _ = try transaction.tasks.requeue([(task, now)], request: requeueRequest, at: now)
        }
        await #expect(throws: TaskError.self) {
            try await fixture.services.queue.change(request { $0.expected = shown.digest })
        }
        #expect(try await fixture.tasks().filter { $0.state == .stuck }.count == 2, "nothing was touched")
        let again = try await fixture.services.queue.change(request { $0.isDryRun = true })
        #expect(again.digest != shown.digest)
        let done = try await fixture.services.queue.change(request { $0.expected = again.digest })
        #expect(done.changed.map(\.taskID) == again.changed.map(\.taskID))
    }

    @Test func `an undo restores tasks that have not started`() async throws {
        let fixture = try await stuck(3)
        let before = try await fixture.tasks().sorted { $0.taskID < $1.taskID }
        let batch = try await fixture.services.queue.change(request { $0.spreadSeconds = 300 }).batch
        // The first is due immediately, and fails again.
        let worker = Worker(
            fixture.services.queue.running { _ in .notYet("not there") },
            processes: Processes(own: "w", isAlive: { _ in true }), leaseSeconds: TestClock.leaseSeconds)
        #expect(try await worker.runDue(limit: 9).count == 1)
        let undone = try await fixture.services.queue.undo(batch: batch, actor: "support")
        #expect(undone.undone.count == 2 && undone.skipped.count == 1)
        let after = try await fixture.tasks().sorted { $0.taskID < $1.taskID }
        for (old, new) in zip(before, after) where undone.undone.contains(old.taskID) {
            #expect(new.state == .stuck && new.attempts == old.attempts && new.errorClass == old.errorClass)
            let change = try #require(try await fixture.services.queue.details(old.taskID).changes.first)
            #expect(change.undoneAt == fixture.clock.now && change.undoneBy == "support")
        }
        let again = try await fixture.services.queue.undo(batch: batch, actor: "support")
        #expect(again.undone.isEmpty && again.skipped.count == 3)
        await #expect(throws: TaskError.noSuchBatch("none")) {
            try await fixture.services.queue.undo(batch: "none", actor: "support")
        }
    }

    @Test func `a canceled task runs again only after a requeue`() async throws {
        let fixture = try await stuck(2)
        let result = try await fixture.services.queue.change(request(.cancel) { $0.reason = "a test" })
        #expect(result.changed.count == 2)
        #expect(try await fixture.tasks().allSatisfy { $0.state == .canceled })
        #expect(try await fixture.step() == nil)
        let none = try await fixture.services.queue.change(
            request {
                $0.filter.states = []
                $0.filter.kinds = [.receiptFetch]
            })
        #expect(none.matched.isEmpty, "what was canceled is meant only by name")
        let undone = try await fixture.services.queue.undo(batch: result.batch, actor: "support")
        #expect(undone.undone.count == 2)
        #expect(try await fixture.tasks().allSatisfy { $0.state == .stuck && $0.attempts == 1 })
    }

    @Test(arguments: [TaskChange.Action.requeue, .cancel])
    func `a running task is never changed`(action: TaskChange.Action) async throws {
        let fixture = try await stuck(1)
        _ = try await fixture.services.queue.change(request())
        let now = fixture.clock.now
        let id = try #require(
            try await fixture.store.write {
                try $0.tasks.claim(
                    TaskRepository.Claim(kinds: TaskKind.payments, worker: "w", leaseSeconds: 30), at: now
                ).first?.taskID
            })
        let result = try await fixture.services.queue.change(
            request(action) {
                $0.filter.states = []
                $0.filter.ids = [id]
            })
        #expect(result.changed.isEmpty && result.skipped.map(\.why) == ["it is running"])
    }

    @Test func `explanations name cause and remedy`() async throws {
        let fixture = try await stuck(3)
        let task = try #require(try await fixture.tasks().first)
        var explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        for part in ["gave up", "partner_failed", "2 other tasks"] {
            #expect(explanation.why.contains(part), "\(explanation.why)")
        }
        #expect(
            explanation.isSafeToRequeue && explanation.helps.contains { $0.contains("task requeue \(task.taskID)") })
        _ = try await fixture.services.queue.pause(.receiptFetch, reason: "Check is down", actor: "support")
        explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(explanation.why.contains("paused by support") && explanation.why.contains("Check is down"))
        #expect(explanation.helps.first == "qrpay task resume receipt.fetch")
        _ = try await fixture.services.queue.change(request { $0.spreadSeconds = 60 })
        explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(
            explanation.why.contains("requeued at") && explanation.why.contains("not claimed by a worker"),
            "\(explanation.why)")
        let claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "host/1/2/3", leaseSeconds: 30)
        let now = fixture.clock.now
        _ = try await fixture.store.write { try $0.tasks.claim(taskID: task.taskID, claim, at: now) }
        explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(explanation.why.contains("leased by process 1 on host until") && !explanation.isSafeToRequeue)
        explanation = TaskExplanation(
            try await fixture.services.queue.situation(of: task.taskID, isAlive: { $0 != "host/1/2/3" }))
        #expect(explanation.why.contains("process 1 on host, which is dead"), "\(explanation.why)")
        fixture.clock.advance(bySeconds: 31)
        explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(explanation.why.contains("the lease expired at"), "\(explanation.why)")
    }

    @Test func `a requeued task has not failed yet`() async throws {
        let fixture = try await stuck(2)
        let batch = try await fixture.services.queue.change(
            request {
                $0.spreadSeconds = 600
                $0.reason = "Check is back"
            }
        ).batch
        let task = try #require(try await fixture.tasks().first { $0.state == .scheduled })
        let explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(explanation.why.hasPrefix("requeued at "))
        #expect(explanation.why.contains("by support because: Check is back, it waits until"), "\(explanation.why)")
        #expect(
            !explanation.why.contains("attempt 0") && explanation.why.contains("before that, partner_failed once, "))
        #expect(explanation.helps.last?.contains("--undo \(batch)") == true)
        let remainders = try await fixture.services.queue.remainders(of: TaskKind.payments)
        #expect(remainders.map(\.tasks.state) == [.ready, .scheduled])
        #expect(remainders.allSatisfy { !$0.isFailing && $0.tasks.errorClass == nil })
    }

    @Test func `a requeue makes a task no younger`() async throws {
        let fixture = try await stuck(1)
        let now = fixture.clock.now
        try await fixture.store.write { transaction in
            try transaction.tasks.enqueue(
                TaskRequest(kind: .orderExpire, key: "later", dueAt: now.advanced(bySeconds: 7200)), at: now)
        }
        fixture.clock.advance(bySeconds: 901)
        _ = try await fixture.services.queue.change(request { $0.spreadSeconds = 600 })
        let statistics = try await fixture.services.statistics(limits: .init())
        #expect(statistics.tasks.beyondAge == [.receiptFetch: 1], "what is not due yet is not late")
    }

    @Test func `an undo keeps the time since when a task is stuck`() async throws {
        let fixture = try await stuck(1)
        let task = try #require(try await fixture.tasks().first)
        fixture.clock.advance(bySeconds: 500)
        let batch = try await fixture.services.queue.change(request { $0.spreadSeconds = 9 }).batch
        fixture.clock.advance(bySeconds: 500)
        _ = try await fixture.services.queue.undo(batch: batch, actor: "support")
        let after = try #require(try await fixture.tasks().first)
        #expect(after.state == .stuck && after.stateAt == task.stateAt)
        let explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(explanation.why.hasPrefix("it gave up at \(task.stateAt.rfc3339) after 1 of"), "\(explanation.why)")
    }

    @Test func `a canceled task reports who, when and why`() async throws {
        let fixture = try await stuck(1)
        let at = fixture.clock.now.rfc3339
        _ = try await fixture.services.queue.change(request(.cancel) { $0.reason = "a test order" })
        let task = try #require(try await fixture.tasks().first)
        let explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(
            explanation.why == "canceled at \(at) by support because: a test order; it was stuck after 1 attempt, "
                + "the last with partner_failed")
        #expect(explanation.helps.count == 2 && explanation.helps[0].contains("task requeue \(task.taskID)"))
        #expect(explanation.helps.last?.hasSuffix(": as it was before, and all of that batch") == true)
    }

    @Test func `a requeued task reports what an undo changes`() async throws {
        let fixture = try await stuck(2)
        let batch = try await fixture.services.queue.change(request()).batch
        let task = try #require(try await fixture.tasks().first)
        let explanation = TaskExplanation(try await fixture.services.queue.situation(of: task.taskID))
        #expect(
            explanation.helps.last == "qrpay task requeue --undo \(batch): as it was before, and all of that batch",
            "\(explanation.helps)")
    }

    @Test func `remaining tasks have a reason`() async throws {
        let fixture = try await stuck(1)
        let now = fixture.clock.now
        try await fixture.store.write { transaction in
            for (key, kind) in [("due", TaskKind.receiptFetch), ("failed", .cashbackAccrue), ("later", .orderExpire)] {
                let dueAt = key == "later" ? now.advanced(bySeconds: 60) : now
                try transaction.tasks.enqueue(TaskRequest(kind: kind, key: key, dueAt: dueAt), at: now)
            }
            var claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: "w", leaseSeconds: 30)
            claim.kinds = [.cashbackAccrue]
            for task in try transaction.tasks.claim(claim, at: now) {
                _ = try transaction.tasks.postpone(
                    [.init(task, until: now, isPoll: false, errorClass: "partner_failed", message: "503", worker: "w")],
                    at: now)
            }
        }
        _ = try await fixture.services.queue.pause(.receiptFetch, reason: "", actor: "support")
        let left = try await fixture.services.queue.remainders(of: TaskKind.payments)
        #expect(left.map(\.tasks.state) == [.stuck, .ready, .ready, .scheduled])
        #expect(left.map(\.tasks.kind) == [.receiptFetch, .cashbackAccrue, .receiptFetch, .orderExpire])
        #expect(left.map(\.isFailing) == [false, true, false, false])
        #expect(left.map { $0.pause != nil } == [true, false, true, false])
        #expect(try await fixture.services.queue.remainders(of: [.orderExpire]).map(\.tasks.count) == [1])
    }
}
