import SQLKit
import Synchronization
import TestSupport
import Testing

@testable import SQLiteEngine

/// A write that comes alone runs on the caller's thread and must behave like a queued one.
@Suite struct WriteAloneTests {
    private struct Refusal: Error {}

    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [true, false]) func `a write that is alone does not queue`(inMemory: Bool) async throws {
        let store = try await SQLiteDatabase.open(inMemory ? .memory : .file(path: path), migrations: Stores.notes)
        for text in ["a", "b"] { try await store.add(text) }
        #expect(await store.writer?.groupCount == 0)
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test func `a body that throws changes nothing`() async throws {
        let store = try await Stores.open(path)
        await #expect(throws: Refusal.self) {
            try await store.write { connection in
                try connection.add("a")
                throw Refusal()
            }
        }
        let failure = await code { try await store.write { _ = try $0.execute("INSERT INTO notes VALUES (1, NULL)") } }
        #expect(failure == .constraint)
        try await store.add("b")
        #expect(try await store.notes() == ["b"])
        await store.close()
    }

    @Test func `a body that hides a lost transaction fails`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        let failure = await code {
            try await store.write { connection in
                _ = try? connection.execute("INSERT OR ROLLBACK INTO notes VALUES (1, 'b')")
                // Without a transaction this would be committed.
                _ = try? connection.execute("INSERT INTO notes VALUES (7, 'late')")
            }
        }
        #expect(failure == .other)
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    @Test func `a cancelled write does not run`() async throws {
        let store = try await Stores.open(path)
        let write = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.add("a")
        }
        await #expect(throws: CancellationError.self) { try await write.value }
        #expect(try await store.notes() == [])
        await store.close()
    }

    @Test func `a write that is not alone queues`() async throws {
        let store = try await Stores.open(path)
        let writer = try #require(store.writer)
        // Another write has been requested and has not begun.
        writer.pendingCount.add(1, ordering: .relaxed)
        try await store.add("a")
        #expect(await writer.groupCount == 1)
        writer.pendingCount.subtract(1, ordering: .relaxed)
        try await store.add("b")
        #expect(await writer.groupCount == 1)
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test func `a write waits in the queue for a lock of another program`() async throws {
        let store = try await Stores.open(path) { $0.lockTimeoutSeconds = 0.05 }
        let foreign = try SQLiteConnection(path, access: .readWrite, busyTimeoutSeconds: 0)
        try foreign.control("BEGIN EXCLUSIVE")
        #expect(await code { try await store.add("a") } == .locked)
        #expect(await store.writer?.groupCount == 1)
        foreign.rollBack()
        try await store.add("b")
        #expect(await store.writer?.groupCount == 1)
        #expect(try await store.notes() == ["b"])
        await store.close()
    }

    @Test func `a write that fails to commit changes nothing`() async throws {
        let tables = SQLMigration(
            version: 1, name: "tables",
            sql: """
                CREATE TABLE parents (id INTEGER PRIMARY KEY);
                CREATE TABLE children (parent INTEGER NOT NULL REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
                """)
        let store = try await SQLiteDatabase.open(.file(path: path), migrations: [tables])
        let failure = await code {
            try await store.write { connection in
                // The child lacks its parent until the commit; the other parent is valid on its own.
                try connection.execute("INSERT INTO children VALUES (1)")
                try connection.execute("INSERT INTO parents VALUES (2)")
            }
        }
        #expect(failure == .constraint)
        #expect(try await store.counts() == [0, 0])
        try await store.write { connection in
            try connection.execute("INSERT INTO children VALUES (1)")
            try connection.execute("INSERT INTO parents VALUES (1)")
        }
        #expect(try await store.counts() == [1, 1])
        #expect(await store.writer?.groupCount == 0, "all of them were alone")
        await store.close()
    }

    @Test func `closing waits for a running write`() async throws {
        let store = try await Stores.open(path) { $0.readers = 0 }
        let gate = Gate()
        let steps = Steps()
        let write = Task(executorPreference: OwnThread()) {
            try await store.write { connection in
                gate.pass()
                try connection.add("a")
                steps.names.withLock { $0.append("written") }
            }
        }
        await gate.reached()
        let closer = OwnThread()
        let closing = Task(executorPreference: closer) {
            await store.close()
            steps.names.withLock { $0.append("closed") }
        }
        // Its turn comes while the previous write waits for the writer.
        await Task(executorPreference: closer) {}.value
        #expect(steps.names.withLock(\.self) == [])
        gate.open()
        try await write.value
        await closing.value
        #expect(steps.names.withLock(\.self) == ["written", "closed"])
        #expect(await code { try await store.add("b") } == .cannotOpen)
        let again = try await Stores.open(path)
        #expect(try await again.notes() == ["a"])
        await again.close()
    }
}

/// The completed writes, in order.
private final class Steps: Sendable {
    let names = Mutex<[String]>([])
}

extension SQLiteDatabase {
    /// Number of children and parents.
    fileprivate func counts() async throws -> [Int64] {
        try await read { connection in
            try ["children", "parents"].map {
                try connection.query("SELECT COUNT(*) AS count FROM \($0)")[0].integer("count")
            }
        }
    }
}
