import SQLKit
import TestSupport
import Testing

@testable import PostgresEngine

@Suite struct PostgresOutcomeTests {
    private static let numberQuery = "SELECT pg_current_xact_id()::text AS number"

    /// Looks up a transaction by its ID, after a commit whose connection was lost after the given time.
    private func outcome(
        _ number: String, _ facts: PostgresFacts, after duration: Duration = .zero, _ pool: PostgresPool
    ) async throws -> PostgresOutcome.Status {
        let lost = LostCommit(number: number, error: .unreachable("lost"), duration: duration)
        return try await #require(PostgresOutcome(of: lost, facts)).lookUp(pool)
    }

    @Test func `an outcome counts as long as the server is the one that was asked to commit`() async throws {
        struct Stop: Error {}
        let cluster = try await PostgresCluster()
        let database = try await Notes.open(cluster.address) { $0.outcomeSeconds = 60 }
        let numbers = Texts()
        // The transaction writes a row, because the server does not wait for the disk after a commit without changes.
        try await database.write {
            try $0.execute("INSERT INTO notes (text) VALUES ('kept')")
            numbers.add(try $0.query(Self.numberQuery)[0].text("number"))
        }
        await #expect(throws: Stop.self) {
            try await database.write {
                numbers.add(try $0.query(Self.numberQuery)[0].text("number"))
                throw Stop()
            }
        }
        let (committed, aborted) = (numbers.all[0], numbers.all[1])
        let facts = try await database.pool.withSession { $0.facts }
        var stranger = facts
        stranger.systemIdentifier = "1"
        var promoted = facts
        promoted.timeline = "00000000"
        #expect(try await outcome(committed, facts, after: .seconds(60), database.pool) == .committed)
        #expect(try await outcome(aborted, facts, database.pool) == .aborted)
        #expect(try await outcome("4000000000", facts, database.pool) == .aborted)
        for other in [stranger, promoted, PostgresFacts()] {
            #expect(try await outcome(committed, other, database.pool) == .unknown)
        }

        try await cluster.kill()
        try await cluster.start()
        // An ID below the first one since the restart; but after a long gap, a second restart may have gone unnoticed.
        #expect(try await outcome(committed, facts, after: .seconds(60), database.pool) == .unknown)
        #expect(try await outcome(committed, facts, database.pool) != .aborted)
        #expect(try await outcome(aborted, facts, database.pool) == .aborted)
        // An ID that was assigned again, to another transaction that committed.
        var number = ""
        for _ in 0..<3 {
            number = try await database.write { connection in
                try connection.execute("INSERT INTO notes (text) VALUES (gen_random_uuid()::text)")
                return try connection.query(Self.numberQuery)[0].text("number")
            }
        }
        #expect(try await outcome(number, facts, after: .seconds(60), database.pool) == .aborted)
        await database.close()
    }
}
