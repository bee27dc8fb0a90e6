import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct WriteGroupTests {
    private struct Refusal: Error {}

    private let directory: TemporaryDirectory
    private let executor = HeldExecutor()
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func open(_ change: (inout SQLiteOptions) -> Void = { _ in }) async throws -> SQLiteDatabase {
        try await Stores.open(path) {
            $0.executor = executor
            change(&$0)
        }
    }

    private typealias Body = @Sendable (any SQLConnection) throws -> Void

    /// Submits `bodies` in this order while the writer is busy, and returns their outcomes.
    private func together(_ store: SQLiteDatabase, _ bodies: [Body]) async -> [Result<Void, any Error>] {
        executor.hold()
        var tasks: [Task<Void, any Error>] = []
        for body in bodies {
            tasks.append(Task { try await store.write(body) })
            await executor.holding(tasks.count)
        }
        executor.release()
        var results: [Result<Void, any Error>] = []
        for task in tasks { results.append(await task.result) }
        return results
    }

    private func add(_ text: String) -> Body { { try $0.add(text) } }

    private func succeeded(_ results: [Result<Void, any Error>]) -> [Bool] {
        results.map { if case .success = $0 { true } else { false } }
    }

    @Test(arguments: [(128, 1), (10, 1), (4, 3), (1, 10)])
    func `writes that come together share a commit`(maximum: Int, commits: Int) async throws {
        let store = try await open { $0.maximumGroupSize = maximum }
        let texts = (0..<10).map(String.init)
        #expect(succeeded(await together(store, texts.map(add))).allSatisfy { $0 })
        #expect(await store.writer?.groupCount == commits)
        #expect(try await store.notes() == texts)
        await store.close()
    }

    @Test func `a single write has its own commit`() async throws {
        let store = try await open()
        for text in ["a", "b", "c"] { try await store.add(text) }
        #expect(await store.writer?.groupCount == 3)
        await store.close()
    }

    @Test func `a body that throws is undone alone`() async throws {
        let store = try await open()
        let results = await together(
            store,
            [
                add("a"),
                { connection in
                    try connection.add("b")
                    throw Refusal()
                },
                add("c"),
                { _ = try $0.execute("INSERT INTO notes (id, text) VALUES (1, 'twice')") },
                add("d"),
            ])
        #expect(succeeded(results) == [true, false, true, false, true])
        #expect(throws: Refusal.self) { try results[1].get() }
        #expect(await code { try results[3].get() } == .constraint)
        #expect(try await store.notes() == ["a", "c", "d"])
        #expect(await store.writer?.groupCount == 1)
        await store.close()
    }

    @Test func `later bodies see earlier ones`() async throws {
        let store = try await open()
        let results = await together(
            store,
            [
                { if try $0.notes().isEmpty { try $0.add("first") } else { throw Refusal() } },
                { if try $0.notes().isEmpty { try $0.add("second") } else { throw Refusal() } },
            ])
        #expect(succeeded(results) == [true, false])
        #expect(try await store.notes() == ["first"])
        await store.close()
    }

    @Test func `a lost transaction fails its own writes and spares the rest`() async throws {
        let store = try await open()
        let results = await together(
            store, [add("a"), { _ = try $0.execute("INSERT OR ROLLBACK INTO notes VALUES (1, 'b')") }, add("c")])
        #expect(succeeded(results) == [false, false, true])
        #expect(await code { try results[0].get() } == .constraint)
        #expect(try await store.notes() == ["c"])
        await store.close()
    }

    @Test(arguments: [1, 2]) func `a body that hides a lost transaction still fails`(count: Int) async throws {
        let store = try await open()
        try await store.add("a")
        let hiding: Body = { connection in
            _ = try? connection.execute("INSERT OR ROLLBACK INTO notes VALUES (1, 'b')")
            // Without a transaction this would be committed.
            _ = try? connection.execute("INSERT INTO notes VALUES (7, 'late')")
        }
        let results = await together(store, [hiding] + Array(repeating: add("c"), count: count - 1))
        #expect(succeeded(results) == [false, true].prefix(count).map { $0 })
        #expect(try await store.notes() == ["a", "c"].prefix(count).map { $0 })
        await store.close()
    }

    @Test(arguments: [false, true]) func `a deferred constraint fails its own body`(isAlone: Bool) async throws {
        let migration = SQLMigration(
            version: 1, name: "family",
            sql: """
                CREATE TABLE p (id INTEGER PRIMARY KEY);
                CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);
                CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
                """)
        var options = SQLiteOptions()
        options.executor = executor
        let store = try await SQLiteDatabase.open(.file(path: path), migrations: [migration], options: options)
        let orphan: Body = { _ = try $0.execute("INSERT INTO c VALUES (9)") }
        let results = await together(store, isAlone ? [orphan] : [add("a"), orphan, add("b")])
        #expect(succeeded(results) == (isAlone ? [false] : [true, false, true]))
        #expect(await code { try results[isAlone ? 0 : 1].get() } == .constraint)
        #expect(try await store.notes() == (isAlone ? [] : ["a", "b"]))
        await store.close()
    }

    @Test func `when the commit fails all fail`() async throws {
        let store = try await open()
        // A hook that turns COMMIT into ROLLBACK simulates a disk failure.
        let results = await together(
            store, [add("a"), { _ in throw Refusal() }, { try $0.refuseCommits(true) }, add("b")])
        #expect(succeeded(results) == [false, false, false, false])
        for result in results { #expect(await code { try result.get() } == .constraint) }
        try await store.write { try $0.refuseCommits(false) }
        try await store.add("c")
        #expect(try await store.notes() == ["c"])
        await store.close()
    }

    @Test func `a write cancelled before its turn does not run`() async throws {
        let store = try await open()
        executor.hold()
        let first = Task { try await store.add("a") }
        await executor.holding(1)
        let second = Task { try await store.add("b") }
        await executor.holding(2)
        second.cancel()
        executor.release()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    @Test(arguments: [1, 128]) func `a write cancelled while another runs does not run`(maximum: Int) async throws {
        let store = try await open { $0.maximumGroupSize = maximum }
        let gate = Gate()
        executor.hold()
        let first = Task {
            try await store.write { connection in
                gate.pass()
                try connection.add("a")
            }
        }
        await executor.holding(1)
        let second = Task { try await store.add("b") }
        await executor.holding(2)
        executor.release()
        await gate.reached()
        second.cancel()
        gate.open()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    @Test func `a write cancelled while it runs completes`() async throws {
        let store = try await open()
        let gate = Gate()
        let write = Task {
            try await store.write { connection in
                gate.pass()
                try connection.add("a")
            }
        }
        await gate.reached()
        write.cancel()
        gate.open()
        try await write.value
        #expect(try await store.notes() == ["a"])
        await store.close()
    }
}

@_silgen_name("sqlite3_commit_hook")
private func setCommitHook(
    _ connection: OpaquePointer, _ hook: (@convention(c) (UnsafeMutableRawPointer?) -> Int32)?,
    _ context: UnsafeMutableRawPointer?
) -> UnsafeMutableRawPointer?

extension SQLConnection {
    fileprivate func refuseCommits(_ refuses: Bool) throws {
        let connection = try #require(self as? SQLiteConnection)
        _ = setCommitHook(connection.handle, refuses ? { _ in 1 } : nil, nil)
    }
}
