import Foundation
import SQLKit
import Synchronization
import TestSupport
import Testing

@testable import PostgresEngine

/// A store for the tests: one table of notes.
enum Notes {
    static let migration = SQLMigration(
        version: 1, name: "notes",
        sql: """
            CREATE TABLE notes (
                number INTEGER PRIMARY KEY,
                text TEXT NOT NULL UNIQUE,
                amount INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0),
                body BLOB
            );
            """)

    static func newSchema() -> String { "test-\(UUID().uuidString.lowercased())" }

    /// Opens a store in a new schema at `address`, or in the shared cluster if `address` is nil.
    static func open(
        _ address: String? = nil, schema: String = newSchema(), migrations: [SQLMigration] = [migration],
        _ change: (inout PostgresOptions) -> Void = { _ in }
    ) async throws -> PostgresDatabase {
        var shared: String? = address
        if shared == nil { shared = try await PostgresCluster.shared.address }
        var options = try PostgresOptions(address: shared ?? "")
        options.connections = 4
        options.schema = schema
        change(&options)
        return try await PostgresDatabase.open(options, migrations: migrations)
    }

    static func add(_ text: String, _ amount: Int = 0, to database: PostgresDatabase) async throws {
        try await database.write {
            _ = try $0.execute("INSERT INTO notes (text, amount) VALUES ($1, $2)", [.text(text), .integer(amount)])
        }
    }

    /// What each write was told agrees with what there is: nothing is said where the outcome is unknown.
    static func expectHonest(_ results: [(text: String, error: SQLError?)], about there: Set<String>) {
        for (text, error) in results {
            switch error?.code {
            case nil: #expect(there.contains(text), "\(text) was acknowledged")
            case .unreachable?: #expect(!there.contains(text), "\(text): \(error?.message ?? "")")
            case .outcomeUnknown?: break
            default: Issue.record("\(text): \(String(describing: error))")
            }
        }
    }

    static func texts(_ database: PostgresDatabase) async throws -> [String] {
        try await database.read { try $0.query("SELECT text FROM notes ORDER BY number").map { try $0.text("text") } }
    }
}

/// Counts how often a body runs.
final class Runs: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    @discardableResult
    func next() -> Int {
        number.withLock { number in
            number += 1
            return number
        }
    }
}

/// Waits for an asynchronous body on a thread that may block, such as a connection's.
func blocking(_ body: @escaping @Sendable () async throws -> Void) {
    let done = DispatchSemaphore(value: 0)
    Task {
        try? await body()
        done.signal()
    }
    done.wait()
}
