import Foundation
package import SQLKit
import Synchronization

/// Makes the bodies of two sessions overlap reliably: each has begun before the other writes, and has finished the
/// reads before its first change when the other makes its first change.
///
/// It delays the first run of each session's first writing body; later bodies and retries run freely. On an engine with
/// one writer, bodies run one after another, and nothing is delayed.
package final class Overlap: Sendable {
    /// A body that never started.
    package struct Missing: Error {}

    private let beginnings = Barrier(2)
    private let changes = Barrier(2)

    package init() {}

    package func session(_ database: any SQLDatabase) -> any SQLDatabase { OverlappingDatabase(database, self) }

    fileprivate func begin(_ connection: any SQLConnection) throws {
        // Takes the snapshot.
        _ = try connection.query("SELECT 1 AS one")
        try beginnings.wait()
    }

    fileprivate func change() throws { try changes.wait() }

    /// A body has ended, with or without changes.
    fileprivate func end() {
        beginnings.pass()
        changes.pass()
    }
}

/// Blocks threads until a given number of them have arrived.
private final class Barrier: Sendable {
    private let count: Int
    private let condition = NSCondition()
    nonisolated(unsafe) private var arrived = 0

    init(_ count: Int) { self.count = count }

    func wait() throws {
        condition.lock()
        defer { condition.unlock() }
        arrived += 1
        condition.broadcast()
        let deadline = Date(timeIntervalSinceNow: 120)
        while arrived < count {
            guard condition.wait(until: deadline) else { throw Overlap.Missing() }
        }
    }

    func pass() {
        condition.lock()
        arrived += 1
        condition.broadcast()
        condition.unlock()
    }
}

private final class OverlappingDatabase: SQLDatabase {
    private let real: any SQLDatabase
    private let overlap: Overlap
    private let isHeld = Atomic(false)

    init(_ real: any SQLDatabase, _ overlap: Overlap) {
        self.real = real
        self.overlap = overlap
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        try real.readImmediately(body)
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await write(isolation: .snapshot, isSynced: true, body)
    }

    func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await real.write(isolation: isolation, isSynced: isSynced) { [self] connection in
            guard !connection.dialect.hasOneWriter, !isHeld.exchange(true, ordering: .relaxed) else {
                return try body(connection)
            }
            // Counts this session as arrived where it has not waited, so that the other one continues.
            defer { overlap.end() }
            try overlap.begin(connection)
            return try body(OverlappingConnection(connection, overlap))
        }
    }

    func signals(_ channel: String) -> AsyncStream<Void>? { real.signals(channel) }

    func signal(_ channel: String) { real.signal(channel) }

    func close() async { await real.close() }
}

private final class OverlappingConnection: SQLConnection {
    private let real: any SQLConnection
    private let overlap: Overlap
    private var hasChanged = false

    init(_ real: any SQLConnection, _ overlap: Overlap) {
        self.real = real
        self.overlap = overlap
    }

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try hold(sql)
        return try real.query(sql, parameters)
    }

    func queryAll(_ statements: [SQLStatement]) throws -> [[SQLRow]] {
        for statement in statements { try hold(statement.sql) }
        return try real.queryAll(statements)
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try hold(sql)
        return try real.execute(sql, parameters)
    }

    func executeEach(_ sql: String, _ parameterSets: [[SQLValue]]) throws -> [Int] {
        if !parameterSets.isEmpty { try hold(sql) }
        return try real.executeEach(sql, parameterSets)
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try hold(sql)
        try real.forEachRow(sql, parameters, body)
    }

    private func hold(_ sql: String) throws {
        guard !hasChanged, ["INSERT ", "UPDATE ", "DELETE "].contains(where: sql.contains) else { return }
        hasChanged = true
        try overlap.change()
    }
}
