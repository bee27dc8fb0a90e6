import FoundationEssentials
import Glibc
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

/// Files that are deleted, moved or replaced while a store has them open.
@Suite struct ReplacedFileTests {
    enum Change: String, CaseIterable {
        case deleted
        case replacedByAnother = "another store in its place"
        case replacedByItsCopy = "its copy in its place"
        case moved
        case directoryMoved = "the directory moved"
        case directoryReplaced = "another directory in its place"
        case logDeleted = "the log deleted"
        case indexDeleted = "the log's index deleted"

        /// Applies the change to `path`, whose directory is `folder`.
        func make(_ path: String, in folder: String) async throws {
            let files = FileManager.default
            switch self {
            case .deleted: try #require(unlink(path) == 0)
            case .replacedByAnother:
                let other = try await Stores.open("\(folder).other")
                try await other.add("other")
                await other.close()
                try #require(rename("\(folder).other", path) == 0)
            case .replacedByItsCopy:
                try files.copyItem(atPath: path, toPath: "\(folder).copy")
                try #require(rename("\(folder).copy", path) == 0)
            case .moved: try #require(rename(path, "\(path).away") == 0)
            case .directoryMoved: try #require(rename(folder, "\(folder).away") == 0)
            case .directoryReplaced:
                try #require(rename(folder, "\(folder).away") == 0)
                try files.createDirectory(atPath: folder, withIntermediateDirectories: false)
            case .logDeleted: try #require(unlink("\(path)-wal") == 0)
            case .indexDeleted: try #require(unlink("\(path)-shm") == 0)
            }
        }
    }

    @Test(arguments: Change.allCases)
    func `a replaced file is neither written nor read`(_ change: Change) async throws {
        let directory = try TemporaryDirectory()
        let folder = directory.file("stores")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let path = "\(folder)/store.db"
        let store = try await Stores.open(path)
        try await store.add("before")
        #expect(try await store.notes() == ["before"])
        try await change.make(path, in: folder)
        let files = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
        for _ in 1...2 {
            #expect(await code { try await store.add("lost") } == .replaced)
            #expect(await code { try await store.notes() } == .replaced)
            #expect(await code { try store.readImmediately { try $0.notes() } } == .replaced)
        }
        #expect(
            Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []) == files,
            "nothing is made in its place")
        await store.close()
    }

    @Test func `a read that must check detects it immediately`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        let store = try await Stores.open(path)
        try await store.add("before")
        for _ in 1...5 { #expect(try await store.notes() == ["before"]) }
        try #require(unlink(path) == 0)
        store.distrustFile()
        #expect(await code { try await store.notes() } == .replaced)
        await store.close()
    }

    @Test func `group commits detect it too`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        let store = try await Stores.open(path)
        try await store.add("before")
        try #require(unlink(path) == 0)
        let codes = await withTaskGroup(of: SQLError.Code?.self) { group in
            for number in 1...20 { group.addTask { await code { try await store.add("\(number)") } } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes == Array(repeating: .replaced, count: 20))
        await store.close()
    }

    @Test func `a file that is put back is used again`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        let store = try await Stores.open(path)
        try await store.add("before")
        try #require(rename(path, "\(path).away") == 0)
        #expect(await code { try await store.add("lost") } == .replaced)
        try #require(rename("\(path).away", path) == 0)
        try await store.add("after")
        #expect(try await store.notes() == ["before", "after"])
        await store.close()
    }

    @Test func `a store of another directory is opened by the first read only where it is the same`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        let store = try await Stores.open(path)
        let other = try await Stores.open(directory.file("other.db"))
        try await other.add("other")
        await other.close()
        try #require(rename(path, "\(path).away") == 0 && rename(directory.file("other.db"), path) == 0)
        #expect(await code { try await store.notes() } == .replaced)
        try #require(rename("\(path).away", path) == 0)
        #expect(try await store.notes() == [], "no connection was kept to the other one")
        await store.close()
    }

    @Test func `writers meet at a lock file that was replaced`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("store.db")
        let lockPath = "\(path)-lock"
        let first = try await Stores.open(path) { $0.lockTimeoutSeconds = 0 }
        try await first.add("a")
        // Its link count stays one.
        try #require(rename(lockPath, "\(lockPath).away") == 0)
        let second = try await Stores.open(path)
        try await second.add("b")
        let descriptor = open(lockPath, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        #expect(await code { try await first.add("c") } == .locked)
        close(descriptor)
        try await first.add("d")
        #expect(try await second.notes() == ["a", "b", "d"])
        await first.close()
        await second.close()
    }
}
