import Glibc
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct SQLiteReadTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    @Test func `a read sees one snapshot beside the writer`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        let gate = Gate()
        let read = Task {
            try await store.read { connection in
                let before = try connection.notes()
                gate.pass()
                return (before, try connection.notes())
            }
        }
        await gate.reached()
        try await store.add("b")
        gate.open()
        let (before, after) = try await read.value
        #expect(before == ["a"])
        #expect(after == ["a"])
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test func `reads run in parallel`() async throws {
        let store = try await Stores.open(path) { $0.readers = 2 }
        let gates = [Gate(), Gate()]
        let reads = gates.map { gate in
            Task {
                try await store.read { connection in
                    gate.pass()
                    return try connection.notes()
                }
            }
        }
        // Both bodies run concurrently, or the test hangs.
        for gate in gates { await gate.reached() }
        for gate in gates { gate.open() }
        for read in reads { #expect(try await read.value == []) }
        await store.close()
    }

    @Test(arguments: ["file", "file without readers", "memory"]) func `reads cannot write`(kind: String) async throws {
        var options = SQLiteOptions()
        if kind == "file without readers" { options.readers = 0 }
        let store = try await SQLiteDatabase.open(
            kind == "memory" ? .memory : .file(path: path), migrations: Stores.notes, options: options)
        #expect(await code { try await store.read { try $0.add("a") } } == .readOnly)
        try await store.add("b")
        #expect(try await store.notes() == ["b"])
        await store.close()
    }

    @Test func `a read cancelled before its turn does not run`() async throws {
        let store = try await Stores.open(path) { $0.readers = 1 }
        let gate = Gate()
        let first = Task { try await store.read { _ in gate.pass() } }
        await gate.reached()
        let second = Task { try await store.read { _ in Issue.record("it ran") } }
        second.cancel()
        gate.open()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        await store.close()
    }

    @Test func `an immediate read sees what was written`() async throws {
        let store = try await Stores.open(path)
        for text in ["a", "b"] {
            try await store.add(text)
            #expect(try store.readImmediately { try $0.notes() }?.last == text)
        }
        #expect(await code { try store.readImmediately { try $0.add("c") } } == .readOnly)
        await store.close()
        #expect(await code { try store.readImmediately { try $0.notes() } } == .cannotOpen)
    }

    @Test func `an immediate read is declined while every reader is in use`() async throws {
        let store = try await Stores.open(path) { $0.readers = 1 }
        let gate = Gate()
        let read = Task { try await store.read { _ in gate.pass() } }
        await gate.reached()
        #expect(try store.readImmediately { try $0.notes() } == nil)
        gate.open()
        try await read.value
        #expect(try store.readImmediately { try $0.notes() } == [])
        await store.close()
    }

    @Test func `an in-memory database has no immediate reads`() async throws {
        let store = try await SQLiteDatabase.open(.memory, migrations: Stores.notes)
        #expect(try store.readImmediately { try $0.notes() } == nil)
        await store.close()
    }

    @Test func `an in-memory database runs everything on the given executor`() async throws {
        let executor = ThreadExecutor()
        var options = SQLiteOptions()
        options.executor = executor
        let store = try await SQLiteDatabase.open(.memory, migrations: Stores.notes, options: options)
        let thread = try await store.write { _ in pthread_self() }
        let jobs = executor.jobCount
        for _ in 0..<10 {
            #expect(try await store.write { _ in pthread_self() } == thread)
            #expect(try await store.read { _ in pthread_self() } == thread)
        }
        #expect(executor.jobCount == jobs + 20, "one job for each call and no more")
        await store.close()
    }

    @Test func `writes to a file run on the given executor`() async throws {
        let executor = ThreadExecutor()
        let store = try await Stores.open(path) { $0.executor = executor }
        let threads = try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { try await store.write { _ in pthread_self() } } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(threads.count == 1)
        await store.close()
    }
}
