import Explorer
import Glibc
import Payments
import SQLKit
import TestSupport
import Testing

/// Workers in several processes share one store and are killed at arbitrary moments: no task is lost, and no task takes
/// effect twice.
@Suite(.everyEngine) struct WorkerCrashTests {
    private static let orders = 400
    private static let config = #"{"tasks": {"order_expire": {"base_seconds": 0.02, "cap_seconds": 0.1}}}"#

    @Test func `killed workers lose no task and repeat no effect`() async throws {
        let place = try await TestStore(Schema.migrations)
        let database = try await place.open()
        try await fill(database)
        try await Stage.run(config: Self.config) { stage async throws in
            func start() throws -> ChildProcess {
                try stage.start(["work", "--concurrency", "8"], environment: stage.host(place.address))
            }
            var workers = [try start(), try start(), try start()]
            var victim = 0
            // A worker is killed each time some more tasks are done, while others are running.
            for goal in stride(from: Self.orders - 30, to: 0, by: -30) {
                try await until("\(goal) tasks are left") { try await left(database) <= goal }
                workers[victim].send(SIGKILL)
                _ = await workers[victim].exit()
                workers[victim] = try start()
                victim = (victim + 1) % workers.count
            }
            try await until("no task is left") { try await left(database) == 0 }
            for worker in workers { worker.send(SIGTERM) }
            for worker in workers { _ = await worker.exit() }
        }
        let counts = try await database.read { connection in
            func count(_ sql: String) throws -> Int64 { try connection.query(sql)[0].integer("count") }
            return [
                try count("SELECT COUNT(*) AS count FROM orders WHERE status = 'EXPIRED'"),
                try count("SELECT COUNT(*) AS count FROM tasks WHERE state = 'done'"),
                try count("SELECT COUNT(*) AS count FROM journal WHERE event = 'expired'"),
                try count("SELECT COUNT(DISTINCT order_id) AS count FROM journal WHERE event = 'expired'"),
            ]
        }
        #expect(counts == Array(repeating: Int64(Self.orders), count: 4))
    }

    private func left(_ database: any SQLDatabase) async throws -> Int64 {
        try await database.read {
            try $0.query("SELECT COUNT(*) AS count FROM tasks WHERE state IN ('ready', 'running')")[0].integer("count")
        }
    }

    /// Unpaid orders that have expired, each with the task that expires it.
    private func fill(_ database: any SQLDatabase) async throws {
        try await database.write { connection in
            let now = SQLValue.integer(Int64(time(nil)) * 1_000_000)
            let keys = (0..<Self.orders).map { [SQLValue.text("order-\($0)"), now] }
            try connection.executeEach(
                """
                INSERT INTO orders (order_id, client_id, internal_order_id, bill_version, status, currency, amount,
                    taken, refunded, operation, created_at, updated_at, expires_at)
                VALUES ($1, 'cafe', $1, 1, 'PENDING', 'RUB', 12000, 0, 0, 0, $2, $2, $2)
                """, keys)
            try connection.executeEach(
                """
                INSERT INTO tasks (kind, key, payload, order_id, client_id, state, due_at, created_at, updated_at)
                VALUES ('order.expire', $1, '{}', $1, 'cafe', 'ready', $2, $2, $2)
                """, keys)
        }
    }
}
