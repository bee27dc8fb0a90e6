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

    /// A body that keeps the pool's only connection until it is released.
    private struct Holder {
        private let task: Task<Void, any Error>
        private let change: ChangeSignal
        private let releases: Runs

        /// Returns when the body has the connection.
        /// - Parameter body: runs after the release, on the same connection.
        init(
            _ pool: PostgresPool, then body: @escaping @Sendable (PostgresSession) throws -> Void = { _ in }
        ) async {
            let (change, begun, releases) = (ChangeSignal(), Runs(), Runs())
            task = Task {
                try await pool.withSession { session in
                    begun.next()
                    change.notify()
                    blocking { await change.wait { releases.count == 1 } }
                    try body(session)
                }
            }
            (self.change, self.releases) = (change, releases)
            await change.wait { begun.count == 1 }
        }

        func release() async throws {
            releases.next()
            change.notify()
            try await task.value
        }
    }

    @Test func `bodies get their turn in the order in which they came`() async throws {
        let pool = try await pool()
        let order = Texts()
        let first = await Holder(pool)
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<10 {
            tasks.append(Task { try await pool.withSession { _ in order.add("\(number)") } })
            while pool.counts.waiting <= number { await Task.yield() }
        }
        try await first.release()
        for task in tasks { try await task.value }
        #expect(order.all == (0..<10).map { "\($0)" })
        #expect(pool.counts.idle == 1)
        await pool.close()
    }

    @Test func `one who waits and is canceled leaves the others their turn`() async throws {
        let pool = try await pool()
        let order = Texts()
        let first = await Holder(pool)
        let canceled = Task { try await pool.withSession { _ in order.add("canceled") } }
        while pool.counts.waiting < 1 { await Task.yield() }
        let last = Task { try await pool.withSession { _ in order.add("last") } }
        while pool.counts.waiting < 2 { await Task.yield() }
        canceled.cancel()
        await #expect(throws: CancellationError.self) { try await canceled.value }
        try await first.release()
        try await last.value
        #expect(order.all == ["last"])
        await pool.close()
    }

    @Test func `closing waits for what runs and refuses what comes`() async throws {
        let pool = try await pool()
        let order = Texts()
        let running = await Holder(pool) { session in
            _ = try session.script("SELECT 1 AS one")
            order.add("ended")
        }
        let waiting = Task { try await pool.withSession { _ in order.add("waiting") } }
        while pool.counts.waiting < 1 { await Task.yield() }
        let closing = Task {
            await pool.close()
            order.add("closed")
        }
        let refused = await #expect(throws: SQLError.self) { try await waiting.value }
        #expect(refused?.code == .cannotOpen)
        try await running.release()
        await closing.value
        #expect(order.all == ["ended", "closed"])
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
