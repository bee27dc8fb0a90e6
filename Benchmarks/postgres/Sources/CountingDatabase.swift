import SQLKit
import Synchronization

/// Counts writes and how often their bodies ran: once, unless they conflicted.
final class WriteCounter: Sendable {
    let asked = Atomic(0)
    let ran = Atomic(0)

    /// The number of writes since the last call, and how many of their runs were retries.
    func takeRetries() -> (writes: Int, retries: Int) {
        let writes = asked.exchange(0, ordering: .relaxed)
        return (writes, ran.exchange(0, ordering: .relaxed) - writes)
    }
}

/// A database whose writes are counted.
struct CountingDatabase: SQLDatabase {
    let database: any SQLDatabase
    let counter: WriteCounter

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        try database.readImmediately(body)
    }

    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await write(isolation: .snapshot, isSynced: true, body)
    }

    @discardableResult
    func write<Value: Sendable>(
        isolation: SQLIsolation, isSynced: Bool, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        counter.asked.add(1, ordering: .relaxed)
        return try await database.write(isolation: isolation, isSynced: isSynced) { [counter] connection in
            counter.ran.add(1, ordering: .relaxed)
            return try body(connection)
        }
    }

    func signals(_ channel: String) -> AsyncStream<Void>? { database.signals(channel) }

    func signal(_ channel: String) { database.signal(channel) }

    func distrustFile() { database.distrustFile() }

    func close() async { await database.close() }
}
