import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

/// Leases, fencing, retries.
@Suite(.everyEngine) struct WorkerTests {
    @Test func `a task is leased to one worker`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.before(Calls.hold) { _ in
            let task = try #require(try await fixture.tasks(.paymentSettle).first)
            #expect(task.state == .running && task.leasedBy == "worker-1" && task.fence == 1 && task.attempts == 1)
            #expect(task.leaseExpiresAt == fixture.clock.now.advanced(bySeconds: TestClock.leaseSeconds))
            let other = PaymentFixture.worker("worker-2", fixture.services)
            #expect(try await other.runDue(kinds: [.paymentSettle]).isEmpty)
        }
        #expect(try await fixture.step([.paymentSettle])?.ending == .done)
        #expect(try await fixture.tasks(.paymentSettle).first?.leasedBy == nil)
    }

    @Test func `only the holder of the latest fence finishes`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        let claim: @Sendable (String) async throws -> QueuedTask? = { worker in
            let now = fixture.clock.now
            return try await fixture.store.write {
                var claim = TaskRepository.Claim(kinds: TaskKind.payments, worker: worker, leaseSeconds: 30)
                claim.kinds = [.paymentSettle]
                for task in try $0.tasks.expired(at: now, limit: 9) {
                    let isPutBack = try $0.tasks.postpone(
                        [.init(task, until: now, isPoll: false, errorClass: "worker_lost", message: "", worker: "one")],
                        at: now)
                    #expect(isPutBack == [true])
                }
                return try $0.tasks.claim(claim, at: now).first
            }
        }
        let first = try #require(try await claim("one"))
        #expect(try await claim("two") == nil)
        fixture.clock.advance(bySeconds: 30)
        let second = try #require(try await claim("two"))
        #expect(second.taskID == first.taskID && second.fence == first.fence + 1 && second.attempts == 2)
        let now = fixture.clock.now
        let (extended, postponed, finished) = try await fixture.store.write {
            (
                try $0.tasks.extendLeases([first], until: now.advanced(bySeconds: 60)),
                try $0.tasks.postpone(
                    [.init(first, until: now, isPoll: false, errorClass: "x", message: "x", worker: "one")], at: now),
                try $0.tasks.finish([first], at: now)
            )
        }
        #expect(extended == [false] && postponed == [false] && finished == [false])
        let rightful = try await fixture.store.write { try $0.tasks.finish([second], at: now) }
        #expect(rightful == [true])
        let again = try await fixture.store.write { try $0.tasks.finish([second], at: now) }
        #expect(again == [false])
    }

    @Test func `the heartbeat keeps a long task from others`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.before(Calls.hold) { _ in
            for _ in 0..<4 {
                await fixture.clock.untilWaiting()
                fixture.clock.advance(bySeconds: TestClock.leaseSeconds / 3)
                fixture.clock.beat()
            }
            await fixture.clock.untilWaiting()
            let other = PaymentFixture.worker("worker-2", fixture.services)
            #expect(try await other.runDue(kinds: [.paymentSettle]).isEmpty)
            let task = try #require(try await fixture.tasks(.paymentSettle).first)
            #expect(task.leaseExpiresAt == fixture.clock.now.advanced(bySeconds: TestClock.leaseSeconds))
        }
        #expect(try await fixture.step([.paymentSettle])?.ending == .done)
    }

    @Test func `a lost lease is reported`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID, "anna", .threeDS)
        trouble.before(Calls.hold) { _ in
            fixture.clock.advance(bySeconds: TestClock.leaseSeconds)
            let attempts = try await PaymentFixture.worker("worker-2", fixture.services).runDue(kinds: [.paymentSettle])
            #expect(attempts.count == 1)
        }
        #expect(try await fixture.step([.paymentSettle])?.ending == .leaseLost)
        let task = try #require(try await fixture.tasks(.paymentSettle).first)
        let details = try await fixture.services.queue.details(task.taskID)
        #expect(details.attempts.map(\.errorClass) == ["worker_lost", "not_yet"], "the late one writes nothing")
        try await fixture.drain()
    }

    @Test func `tasks of dead workers are rescued immediately`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.before(Calls.hold) { _ in throw CancellationError() }
        await #expect(throws: CancellationError.self) { try await fixture.step([.paymentSettle]) }
        let careful = PaymentFixture.worker("worker-2", fixture.services, alive: ["worker-1"])
        try await careful.rescueTasksOfDeadWorkers()
        #expect(try await careful.runDue(kinds: [.paymentSettle]).isEmpty, "worker-1 may still be at it")
        let sure = PaymentFixture.worker("worker-3", fixture.services)
        try await sure.rescueTasksOfDeadWorkers()
        #expect(try await sure.runDue(kinds: [.paymentSettle]).map(\.ending) == [.done])
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `an attempt of a dead worker is recorded`() async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        trouble.before(Calls.hold) { _ in throw CancellationError() }
        await #expect(throws: CancellationError.self) { try await fixture.step([.paymentSettle]) }
        fixture.clock.advance(bySeconds: TestClock.leaseSeconds)
        #expect(
            try await PaymentFixture.worker("worker-2", fixture.services).runDue(kinds: [.paymentSettle]).count == 1)
        let task = try #require(try await fixture.tasks(.paymentSettle).first)
        let attempts = try await fixture.services.queue.details(task.taskID).attempts
        #expect(attempts.map(\.errorClass) == ["worker_lost"] && attempts.map(\.worker) == ["worker-1"])
        #expect(attempts.map(\.attempt) == [1])
    }

    @Test func `a task that keeps failing becomes stuck with its reason`() async throws {
        let fixture = try await PaymentFixture(settings: {
            $0.retry[.cashbackAccrue] = RetryPolicy(
                polls: 0, periodSeconds: 1, baseSeconds: 10, capSeconds: 60, jitter: 0, maxAttempts: 5)
        })
        fixture.partners.before = { if Calls.post($0) { throw $0.error(.unreachable) } }
        _ = try await fixture.paidOrder()
        var delays: [Double] = []
        while try await fixture.tasks(.cashbackAccrue).first?.state == .scheduled {
            let task = try #require(try await fixture.tasks(.cashbackAccrue).first)
            delays.append(task.nextAttemptAt.seconds(since: fixture.clock.now))
            fixture.clock.advance(to: task.nextAttemptAt)
            let attempt = try #require(try await fixture.step([.cashbackAccrue]))
            #expect(attempt.error.map { Problem($0).code } == "partner_unreachable")
        }
        #expect(delays == [10, 20, 40, 60])
        let task = try #require(try await fixture.tasks(.cashbackAccrue).first)
        #expect(task.state == .stuck && task.attempts == 5 && task.errorClass == "partner_unreachable")
        let attempts = try await fixture.services.queue.details(task.taskID).attempts
        #expect(attempts.map(\.attempt) == [1, 2, 3, 4, 5])
        #expect(try await fixture.step([.cashbackAccrue]) == nil)
    }

    @Test func `polls are patient, then back off`() async throws {
        let fixture = try await PaymentFixture(settings: {
            $0.retry[.receiptFetch] = RetryPolicy(
                polls: 3, periodSeconds: 5, baseSeconds: 10, capSeconds: 60, jitter: 0, maxAttempts: 7)
        })
        fixture.partners.before = { if Calls.pushItems($0) { throw $0.error(.unreachable) } }
        _ = try await fixture.paidOrder()
        var delays: [Double] = []
        repeat {
            guard case .postponed(let until, "not_yet") = try await fixture.step([.receiptFetch])?.ending else { break }
            delays.append(until.seconds(since: fixture.clock.now))
            fixture.clock.advance(to: until)
        } while true
        #expect(delays == [5, 5, 5, 10, 20, 40])
        #expect(try await fixture.tasks(.receiptFetch).first?.state == .stuck)
    }

    @Test func `only the selected kinds run`() async throws {
        let fixture = try await PaymentFixture()
        let first = try await fixture.newOrder("1")
        let second = try await fixture.newOrder("2")
        for orderID in [first, second] { try await fixture.begin(orderID) }
        #expect(try await fixture.worker.runDue(kinds: []).isEmpty, "no kind is not every kind")
        #expect(try await fixture.worker.runDue(kinds: [.receiptFetch], limit: 10).isEmpty)
        let attempts = try await fixture.worker.runDue(kinds: [.paymentSettle], tags: [.orderID: second], limit: 10)
        #expect(attempts.map(\.task.orderID) == [second])
        #expect(try await fixture.status(first) == .holding)
        try await fixture.drain()
    }

    @Test func `many tasks run in parallel`() async throws {
        let fixture = try await PaymentFixture()
        for number in 0..<10 { try await fixture.begin(try await fixture.newOrder("\(number)"), "guest-\(number)") }
        let attempts = try await fixture.worker.runDue(kinds: [.paymentSettle], limit: 8)
        #expect(attempts.count == 8 && attempts.allSatisfy { $0.ending == .done })
        try await fixture.drain()
    }
}
