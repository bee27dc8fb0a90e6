import PaymentCore
import Payments
import QueueKit
import SQLKit
import Synchronization
import TestSupport
import Testing
import WorldKit

/// Workers that die, and loops that are stopped: no task is lost, and none runs twice at the same time.
@Suite(.everyEngine) struct RescueTests {
    private static let policy = RetryPolicy(
        polls: 0, periodSeconds: 1, baseSeconds: 10, capSeconds: 100, jitter: 0, maxAttempts: 4)

    private func fixture(_ tasks: Int = 1, database: (any SQLDatabase)? = nil) async throws -> PaymentFixture {
        let fixture = try await PaymentFixture(database: database, settings: { $0.retry[.orderExpire] = Self.policy })
        let now = fixture.clock.now
        try await fixture.store.write { transaction in
            for number in 0..<tasks {
                try transaction.tasks.enqueue(TaskRequest(kind: .orderExpire, key: "\(number)", dueAt: now), at: now)
            }
        }
        return fixture
    }

    private func worker(
        _ name: String, _ fixture: PaymentFixture, alive: Set<String> = [],
        _ run: @escaping @Sendable (QueuedTask) async throws -> TaskOutcome
    ) -> Worker {
        Worker(
            fixture.services.queue.running(run),
            processes: Processes(own: name, isAlive: { $0 == name || alive.contains($0) }),
            leaseSeconds: TestClock.leaseSeconds)
    }

    /// Claims like a worker that is killed before it does anything.
    private func dieHolding(_ fixture: PaymentFixture, as name: String) async throws {
        let now = fixture.clock.now
        try await fixture.store.write {
            _ = try $0.tasks.claim(
                TaskRepository.Claim(kinds: TaskKind.payments, worker: name, leaseSeconds: 30), at: now)
        }
    }

    @Test func `a task that always kills its worker is stuck`() async throws {
        let fixture = try await fixture()
        let next = worker("next", fixture) { _ in .done }
        var delays: [Double] = []
        for number in 0..<4 {
            try await dieHolding(fixture, as: "victim-\(number)")
            try await next.rescueTasksOfDeadWorkers()
            let task = try #require(try await fixture.tasks().first)
            guard task.state != .stuck else { break }
            delays.append(task.nextAttemptAt.seconds(since: fixture.clock.now))
            fixture.clock.advance(to: task.nextAttemptAt)
        }
        #expect(delays == [0, 20, 40], "the first loss is the worker's, the next ones may be the task's")
        let task = try #require(try await fixture.tasks().first)
        #expect(task.state == .stuck && task.errorClass == "worker_lost" && task.attempts == 4)
        let attempts = try await fixture.services.queue.details(task.taskID).attempts
        #expect(attempts.map(\.errorClass) == Array(repeating: "worker_lost", count: 4))
        #expect(attempts.map(\.worker) == (0..<4).map { "victim-\($0)" })
        #expect(try await next.runDue().isEmpty)
    }

    @Test func `the next claim makes a task with an expired lease ready again`() async throws {
        let fixture = try await fixture()
        try await dieHolding(fixture, as: "unknown")
        let next = worker("next", fixture, alive: ["unknown"]) { _ in .done }
        #expect(try await next.runDue().isEmpty, "its holder may still be at it")
        fixture.clock.advance(bySeconds: 30)
        #expect(try await next.runDue().map(\.ending) == [.done])
    }

    /// The work on a task is canceled when its lease is lost: another worker may be running it.
    @Test func `losing the lease cancels the work`() async throws {
        let fixture = try await fixture()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let slow = worker("slow", fixture) { _ in
            start.finish()
            await untilCancelled()
            throw CancellationError()
        }
        let run = Task { try await slow.runDue() }
        for await _ in started {}
        await fixture.clock.untilWaiting()
        fixture.clock.advance(bySeconds: 30)
        let next = worker("next", fixture) { _ in .done }
        #expect(try await next.runDue().map(\.ending) == [.done])
        fixture.clock.beat()
        await #expect(throws: CancellationError.self) { try await run.value }
        let task = try #require(try await fixture.tasks().first)
        #expect(task.state == .done)
    }

    @Test func `an idle loop stops immediately, whatever its concurrency`() async throws {
        for concurrency in [0, 1, 8] {
            let fixture = try await fixture(0)
            var services = fixture.services
            services.world.sleep = { _ in
                await untilCancelled()
                throw CancellationError()
            }
            var loop = WorkLoop(PaymentFixture.worker("w", services))
            loop.concurrency = concurrency
            let run = Task { [loop] in try await loop.run() }
            run.cancel()
            #expect(try await run.value == WorkLoop.Summary())
        }
    }

    /// Tasks that a stopped loop has claimed ahead are returned as if they had never been claimed.
    @Test func `a stopped loop returns the tasks it has not begun`() async throws {
        let fixture = try await fixture(64)
        let ran = Mutex<Set<String>>([])
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        var services = fixture.services
        let clock = fixture.clock
        // Time passes a little with every reading of the clock, so that the loop measures its speed.
        services.world.now = {
            clock.advance(bySeconds: 0.000_01)
            return clock.now
        }
        // The loop needs no timer: each finished task wakes it.
        services.world.sleep = { _ in
            await untilCancelled()
            throw CancellationError()
        }
        let queue = services.queue.running { task in
            let count = ran.withLock { ran in
                ran.insert(task.key)
                return ran.count
            }
            if count == 20 {
                start.finish()
                for await _ in stopped {}
            }
            return .done
        }
        var loop = WorkLoop(
            Worker(
                queue, processes: Processes(own: "w", isAlive: { _ in true }),
                leaseSeconds: TestClock.leaseSeconds))
        loop.concurrency = 1
        let run = Task { [loop] in try await loop.run() }
        for await _ in started {}
        run.cancel()
        stop.finish()
        let summary = try await run.value
        let tasks = try await fixture.tasks()
        #expect(tasks.filter { $0.state == .done }.count == summary.done && summary.done >= 20)
        for task in tasks where task.state != .done {
            #expect(task.state == .ready && task.attempts == 0 && task.leasedBy == nil, "\(task)")
        }
        #expect(tasks.count == 64)
    }

    @Test func `two loops share the work`() async throws {
        let database = try await TestStore.open(Schema.migrations)
        let fixture = try await fixture(200, database: database)
        let runs = Mutex<[String: Int]>([:])
        let summaries = try await withThrowingTaskGroup(of: WorkLoop.Summary.self) { group in
            for name in ["one", "two"] {
                var services = fixture.services
                // As in two processes: the signal of a store wakes one loop.
                services.store = Store(database)
                services.world.sleep = { _ in
                    await untilCancelled()
                    throw CancellationError()
                }
                let queue = services.queue.running { task in
                    runs.withLock { $0[task.key, default: 0] += 1 }
                    return .done
                }
                let loop = WorkLoop(
                    Worker(
                        queue, processes: Processes(own: name, isAlive: { _ in true }),
                        leaseSeconds: TestClock.leaseSeconds))
                group.addTask { try await loop.drain(horizonSeconds: 0) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(summaries.reduce(0) { $0 + $1.done } == 200)
        #expect(runs.withLock { $0.count == 200 && $0.values.allSatisfy { $0 == 1 } })
    }
}
