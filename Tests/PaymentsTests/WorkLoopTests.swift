import PaymentCore
import PaymentSandbox
import Payments
import QueueKit
import TestSupport
import Testing
import WorldKit

@Suite(.everyEngine) struct WorkLoopTests {
    /// A loop whose waits end as soon as no task is running: however slow the machine is, no lease runs out, and no
    /// order.
    private func loop(_ fixture: PaymentFixture) -> WorkLoop {
        var services = fixture.services
        let clock = fixture.clock
        let wait = services.world.sleep
        services.world.sleep = { seconds in
            guard seconds < 1 else { return try await wait(seconds) }
            while try await fixture.tasks().contains(where: { $0.state == .running }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            clock.advance(bySeconds: seconds)
        }
        return WorkLoop(PaymentFixture.worker("worker-1", services))
    }

    @Test func `a drain ends at tasks beyond its horizon`() async throws {
        let fixture = try await PaymentFixture()
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        let summary = try await loop(fixture).drain(horizonSeconds: 10)
        #expect(summary.done == 3 && summary.postponed == 1 && summary.stuck == 0)
        #expect(summary.nextDue == (try await fixture.order(orderID).expiresAt))
        #expect(try await fixture.status(orderID) == .cleared)
    }

    @Test func `every attempt is reported`() async throws {
        let fixture = try await PaymentFixture()
        try await fixture.begin(try await fixture.newOrder())
        let (stream, reports) = AsyncStream.makeStream(of: TaskKind.self)
        var loop = loop(fixture)
        loop.report = { reports.yield($0.task.kind) }
        _ = try await loop.drain(horizonSeconds: 10)
        reports.finish()
        let kinds = await stream.reduce(into: []) { $0.append($1) }
        #expect(kinds.filter { $0 == .receiptFetch }.count == 2 && kinds.count == 4)
    }

    @Test(arguments: ["run", "drain"])
    func `a stopped loop finishes running tasks`(how: String) async throws {
        let fixture = try await PaymentFixture()
        let trouble = Trouble(fixture.partners)
        let orderID = try await fixture.newOrder()
        try await fixture.begin(orderID)
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        trouble.before(Calls.clear) { _ in
            start.finish()
            // Longer than a canceled stream would wait.
            await withCheckedContinuation { continuation in
                Task {
                    for await _ in stopped {}
                    continuation.resume()
                }
            }
            try Task.checkCancellation()
        }
        var loop = loop(fixture)
        loop.kinds = [.paymentSettle]
        let work = Task { [loop] in
            try await how == "run" ? loop.run() : loop.drain(horizonSeconds: 10)
        }
        for await _ in started {}
        work.cancel()
        stop.finish()
        let summary = try await work.value
        #expect(summary.done == 1)
        #expect(try await fixture.status(orderID) == .cleared)
    }
}
