import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct UnsyncedWriteTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// SQLite's synchronous level while `body` runs: 2 waits for the disk, 1 does not.
    @Sendable private static func level(_ connection: any SQLConnection) throws -> Int {
        try connection.query("PRAGMA synchronous")[0].number("synchronous")
    }

    @Sendable private static func adding(_ connection: any SQLConnection) throws -> Int {
        try connection.add("a")
        return try level(connection)
    }

    @Test func `only the commit of an unsynced write leaves out the sync`() async throws {
        let store = try await Stores.open(directory.file("store.db"))
        #expect(try await store.write(Self.level) == 2)
        #expect(try await store.writeUnsynced(Self.level) == 1)
        #expect(try await store.writeUnsynced(Self.level) == 1)
        #expect(try await store.write(Self.level) == 2)
        await store.close()
    }

    @Test(arguments: [([false, false], 1), ([false, true], 2), ([true, false], 2), ([true, true], 2)])
    func `a group is synced when one of its writes is`(areSynced: [Bool], level: Int) async throws {
        let executor = HeldExecutor()
        let store = try await Stores.open(directory.file("store.db")) { $0.executor = executor }
        executor.hold()
        var tasks: [Task<Int, any Error>] = []
        for isSynced in areSynced {
            tasks.append(
                Task { try await isSynced ? store.write(Self.adding) : store.writeUnsynced(Self.adding) })
            await executor.holding(tasks.count)
        }
        executor.release()
        for task in tasks { #expect(try await task.value == level) }
        #expect(await store.writer?.groupCount == 1)
        #expect(try await store.notes() == ["a", "a"])
        await store.close()
    }

    @Test func `what was not synced is there when the store is opened again`() async throws {
        let path = directory.file("store.db")
        let store = try await Stores.open(path)
        try await store.writeUnsynced { try $0.add("a") }
        let other = try await Stores.open(path)
        #expect(try await other.notes() == ["a"])
        await store.close()
        #expect(try await other.notes() == ["a"])
        await other.close()
    }
}
