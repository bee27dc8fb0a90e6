import Payments
import PostgresEngine
import SQLKit

/// Measures the engine alone. `bare.c` runs the same statements in the same pipelines.
struct EngineMeasurement: Sendable {
    private static let batch = 1000
    private let arguments: Arguments

    init(_ arguments: Arguments) { self.arguments = arguments }

    private static let insert = """
        INSERT INTO tasks (kind, key, payload, state, due_at, created_at, updated_at)
        VALUES ($1, $2, $3, 'ready', $4, $5, $5) ON CONFLICT (kind, key) DO NOTHING
        """
    private static let claim = """
        WITH due AS MATERIALIZED (
            SELECT task_id FROM tasks WHERE state = 'ready' AND kind = $1 AND due_at <= $2
            ORDER BY due_at, task_id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE tasks SET state = 'running', leased_by = $4, due_at = $5, fence = fence + 1, attempts = attempts + 1,
            updated_at = $2
        FROM due WHERE tasks.task_id = due.task_id RETURNING tasks.*
        """
    private static let finish = """
        UPDATE tasks SET state = 'done', leased_by = NULL, updated_at = $3
        WHERE task_id = $1 AND fence = $2 AND state = 'running'
        """
    private static let lookup = "SELECT * FROM tasks WHERE task_id = $1"

    func run() async throws {
        let (what, clients) = (arguments.text("what", "enqueue"), arguments.number("clients", 1))
        var count = arguments.number("count", 5000)
        let body: @Sendable (any SQLDatabase, Int) async throws -> Void
        switch what {
        case "enqueue": body = { try await Self.enqueue($0, $1) }
        case "claim": body = { database, _ in try await Self.claimAndFinish(database) }
        case "lookup": body = { try await Self.look($0, $1) }
        case "batch":
            count /= Self.batch
            body = { database, _ in try await Self.claimAndFinishBatch(database) }
        default: throw Failure("unknown statements \(what)")
        }
        var options = try PostgresOptions(address: arguments.store)
        options.connections = clients
        let database = try await PostgresDatabase.open(options, migrations: Schema.migrations)
        // As in C, connections are opened and statements prepared before the measurement starts.
        try await withThrowingTaskGroup { group in
            for _ in 0..<clients { group.addTask { try await Self.prepare(database) } }
            try await group.waitForAll()
        }
        let rate = try await perSecond(count, clients: clients) { try await body(database, $0) }
        report("qrpay", "engine \(what), clients \(clients)", rate * (what == "batch" ? Double(Self.batch) : 1))
        await database.close()
    }

    /// Runs every statement once on data that it does not change.
    private static func prepare(_ database: PostgresDatabase) async throws {
        _ = try await database.read { try $0.query(lookup, [.integer(-1)]) }
        try await database.write(isolation: .statement) { connection in
            try connection.execute("SELECT pg_sleep(0.05)")
            _ = try connection.query(claim, claimParameters(kind: "none", limit: 1))
            try connection.executeEach(finish, [[.integer(-1), .integer(0), .integer(0)]])
            _ = try connection.execute(
                insert, [.text("none"), .text("none"), .text("{}"), .integer(0), .integer(0)])
        }
    }

    private static func enqueue(_ database: any SQLDatabase, _ number: Int) async throws {
        let key = "qrpay-\(number)-\(UInt32.random(in: 0 ... .max))"
        try await database.write(isolation: .statement) { connection in
            try connection.execute(
                insert,
                [
                    .text("nothing"), .text(key), .text("{\"document_id\":\"document-\(number)-1\"}"),
                    .integer(1_700_000_000_000_000 + number), .integer(1_700_000_000_000_000),
                ])
        }
    }

    private static func claimParameters(kind: String = "nothing", limit: Int) -> [SQLValue] {
        [
            .text(kind), .integer(1_800_000_000_000_000), .integer(limit), .text("qrpay"),
            .integer(1_800_000_030_000_000),
        ]
    }

    private static func finishParameters(_ row: SQLRow) throws -> [SQLValue] {
        [
            .integer(try row.integer("task_id")), .integer(try row.integer("fence")),
            .integer(1_800_000_000_000_001),
        ]
    }

    private static func claimAndFinish(_ database: any SQLDatabase) async throws {
        let rows = try await database.write(isolation: .statement) { try $0.query(claim, claimParameters(limit: 1)) }
        guard let row = rows.first else { throw Failure("the queue ran dry") }
        let count = try await database.write(isolation: .statement) { connection in
            try connection.execute(finish, try finishParameters(row))
        }
        guard count == 1 else { throw Failure("a lease was lost") }
    }

    private static func look(_ database: any SQLDatabase, _ number: Int) async throws {
        let rows = try await database.read { try $0.query(lookup, [.integer(1 + number % 1000)]) }
        guard rows.count == 1 else { throw Failure("not found") }
    }

    /// Claims and finishes a thousand tasks in one transaction, as a busy worker does.
    private static func claimAndFinishBatch(_ database: any SQLDatabase) async throws {
        let count = try await database.write(isolation: .statement) { connection in
            let rows = try connection.query(claim, claimParameters(limit: batch))
            return try connection.executeEach(finish, try rows.map(finishParameters)).reduce(0, +)
        }
        guard count == batch else { throw Failure("the queue ran dry") }
    }
}
