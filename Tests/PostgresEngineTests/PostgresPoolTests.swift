import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresPoolTests {
    private func pool(_ change: (inout PostgresOptions) -> Void = { _ in }) async throws -> PostgresPool {
        var options = try await PostgresOptions(address: PostgresCluster.shared.address)
        change(&options)
        return PostgresPool(options)
    }

    private func pid(_ pool: PostgresPool) async throws -> Int64 {
        try await pool.withSession { try $0.script("SELECT pg_backend_pid() AS pid")[0].integer("pid") }
    }

    @Test func `bodies get their turn in the order in which they came`() async throws {
        let pool = try await pool()
        let (order, gate, freed) = (Texts(), ChangeSignal(), Runs())
        let first = Task {
            try await pool.withSession { _ in
                order.add("first")
                gate.notify()
                blocking { await gate.wait { freed.count == 1 } }
            }
        }
        await gate.wait { order.all == ["first"] }
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<10 {
            tasks.append(Task { try await pool.withSession { _ in order.add("\(number)") } })
            while pool.counts.waiting <= number { await Task.yield() }
        }
        freed.next()
        gate.notify()
        for task in [first] + tasks { try await task.value }
        #expect(order.all == ["first"] + (0..<10).map { "\($0)" })
        #expect(pool.counts.idle == 1)
        await pool.close()
    }

    @Test func `one who waits and is canceled leaves the others their turn`() async throws {
        let pool = try await pool()
        let (order, gate, freed) = (Texts(), ChangeSignal(), Runs())
        let first = Task {
            try await pool.withSession { _ in
                order.add("first")
                gate.notify()
                blocking { await gate.wait { freed.count == 1 } }
            }
        }
        await gate.wait { order.all == ["first"] }
        let canceled = Task { try await pool.withSession { _ in order.add("canceled") } }
        while pool.counts.waiting < 1 { await Task.yield() }
        let last = Task { try await pool.withSession { _ in order.add("last") } }
        while pool.counts.waiting < 2 { await Task.yield() }
        canceled.cancel()
        await #expect(throws: CancellationError.self) { try await canceled.value }
        freed.next()
        gate.notify()
        try await first.value
        try await last.value
        #expect(order.all == ["first", "last"])
        await pool.close()
    }

    @Test func `closing waits for what runs and refuses what comes`() async throws {
        let pool = try await pool()
        let (order, gate, freed) = (Texts(), ChangeSignal(), Runs())
        let running = Task {
            try await pool.withSession { session in
                order.add("begun")
                gate.notify()
                blocking { await gate.wait { freed.count == 1 } }
                _ = try session.script("SELECT 1 AS one")
                order.add("ended")
            }
        }
        await gate.wait { order.all == ["begun"] }
        let waiting = Task { try await pool.withSession { _ in order.add("waiting") } }
        while pool.counts.waiting < 1 { await Task.yield() }
        let closing = Task {
            await pool.close()
            order.add("closed")
        }
        let refused = await #expect(throws: SQLError.self) { try await waiting.value }
        #expect(refused?.code == .cannotOpen)
        freed.next()
        gate.notify()
        try await running.value
        await closing.value
        #expect(order.all == ["begun", "ended", "closed"])
        await #expect(throws: SQLError.self) { try await pool.withSession { _ in } }
    }

    @Test func `connections that were not used for long are closed, others are kept`() async throws {
        let pool = try await pool()
        let before = try await pid(pool)
        await pool.closeIdle(unusedSince: .now - .seconds(3600))
        #expect(try await pid(pool) == before)
        await pool.closeIdle(unusedSince: .now)
        #expect(pool.counts.idle == 0)
        #expect(try await pid(pool) != before)
        await pool.close()
    }

    @Test func `a pool that is renewed connects anew`() async throws {
        let pool = try await pool()
        let before = try await pid(pool)
        #expect(try await pid(pool) == before)
        pool.renew()
        let after = try await pid(pool)
        #expect(after != before)
        #expect(try await pid(pool) == after)
        await pool.close()
    }
}
