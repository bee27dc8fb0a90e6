import Synchronization
import TestSupport
import Testing

@testable import SQLKit

/// A write that comes alone happens on its own thread; it must do what one that waited does.
@Suite struct WriteAloneTests {
    private struct Refusal: Error {}

    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    @Test(arguments: [true, false]) func itDoesNotQueue(inMemory: Bool) async throws {
        let store = try await SQLiteDatabase.open(inMemory ? .memory : .file(path: path), migrations: Stores.notes)
        for text in ["a", "b"] { try await store.add(text) }
        #expect(await store.writer?.groupCount == 0)
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test func aBodyThatThrowsChangesNothing() async throws {
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

    @Test func aBodyThatHidesALostTransactionFails() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        let failure = await code {
            try await store.write { connection in
                _ = try? connection.execute("INSERT OR ROLLBACK INTO notes VALUES (1, 'b')")
                // Without a transaction this would be kept for good.
                _ = try? connection.execute("INSERT INTO notes VALUES (7, 'late')")
            }
        }
        #expect(failure == .other)
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    @Test func oneThatIsCancelledDoesNotRun() async throws {
        let store = try await Stores.open(path)
        let write = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await store.add("a")
        }
        await #expect(throws: CancellationError.self) { try await write.value }
        #expect(try await store.notes() == [])
        await store.close()
    }

    @Test func oneThatIsNotAloneQueues() async throws {
        let store = try await Stores.open(path)
        let writer = try #require(store.writer)
        // Somebody else has asked and not begun yet.
        writer.asked.add(1, ordering: .relaxed)
        try await store.add("a")
        #expect(await writer.groupCount == 1)
        writer.asked.subtract(1, ordering: .relaxed)
        try await store.add("b")
        #expect(await writer.groupCount == 1)
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test func aForeignProgramsLockIsWaitedForInTurn() async throws {
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
}
