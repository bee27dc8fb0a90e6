import Glibc
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct WriterLockTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }
    private var lockPath: String { path + "-lock" }

    init() throws { directory = try TemporaryDirectory() }

    /// Holds the lock as another process would, until the returned descriptor is closed.
    private func takeLock() throws -> Int32 {
        let descriptor = open(lockPath, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        return descriptor
    }

    private func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    @Test(arguments: [0, 0.05]) func `a writer that waits too long finds the store locked`(timeoutSeconds: Double)
        async throws
    {
        let store = try await Stores.open(path) { $0.lockTimeoutSeconds = timeoutSeconds }
        try await store.add("a")
        let descriptor = try takeLock()
        let clock = ContinuousClock()
        let start = clock.now
        #expect(await code { try await store.add("b") } == .locked)
        #expect(clock.now - start >= .seconds(timeoutSeconds))
        #expect(try await store.notes() == ["a"], "readers do not wait for writers")
        close(descriptor)
        try await store.add("c")
        #expect(try await store.notes() == ["a", "c"])
        await store.close()
    }

    @Test func `a writer that waits long enough gets its turn`() async throws {
        let store = try await Stores.open(path) { $0.lockTimeoutSeconds = 600 }
        let descriptor = try takeLock()
        let write = Task { try await store.add("a") }
        try await blocked(by: lockPath)
        close(descriptor)
        try await write.value
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    /// Waits until the kernel lists a waiter for a flock on `path`.
    private func blocked(by path: String) async throws {
        var status = stat()
        try #require(stat(path, &status) == 0)
        let suffix = ":\(status.st_ino) "
        while true {
            let locks = try #require(fopen("/proc/locks", "r"))
            defer { fclose(locks) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, Int32(line.count), locks) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if text.contains("-> FLOCK"), text.contains(suffix) { return }
            }
            await Task.yield()
        }
    }

    @Test func `an up-to-date store opens beside a busy writer`() async throws {
        let store = try await Stores.open(path)
        let descriptor = try takeLock()
        let other = try await Stores.open(path) { $0.lockTimeoutSeconds = 0 }
        #expect(try await other.notes() == [])
        close(descriptor)
        await other.close()
        await store.close()
    }

    @Test func `a new store is created under the lock`() async throws {
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(flock(descriptor, LOCK_EX) == 0)
        #expect(await code { try await Stores.open(path) { $0.lockTimeoutSeconds = 0 } } == .locked)
        close(descriptor)
        let store = try await Stores.open(path)
        await store.close()
    }

    @Test func `closing does not checkpoint while another holds the lock`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        let size = size(path + "-wal")
        #expect(size ?? 0 > 0)
        let descriptor = try takeLock()
        await store.close()
        #expect(self.size(path + "-wal") == size)
        close(descriptor)
        let again = try await Stores.open(path)
        #expect(try await again.notes() == ["a"])
        await again.close()
        #expect(self.size(path + "-wal") == nil)
    }

    @Test func `a removed lock file is recreated`() async throws {
        let first = try await Stores.open(path)
        try await first.add("a")
        try #require(unlink(lockPath) == 0)
        try await first.add("b")
        #expect(size(lockPath) == 0)
        let second = try await Stores.open(path) { $0.lockTimeoutSeconds = 0 }
        let descriptor = try takeLock()
        #expect(await code { try await second.add("c") } == .locked)
        close(descriptor)
        try await first.add("d")
        #expect(try await first.notes() == ["a", "b", "d"])
        await second.close()
        await first.close()
    }

    @Test func `many writers take turns`() async throws {
        let writers = 4
        let rounds = 100
        await (try await Stores.open(path)).close()
        try await withThrowingTaskGroup { group in
            for writer in 0..<writers {
                group.addTask {
                    let store = try await Stores.open(path) { $0.lockTimeoutSeconds = 60 }
                    for round in 0..<rounds { try await store.add("\(writer) \(round)") }
                    await store.close()
                }
            }
            try await group.waitForAll()
        }
        let store = try await Stores.open(path)
        let notes = try await store.notes()
        #expect(notes.count == writers * rounds)
        for writer in 0..<writers {
            let own = notes.filter { $0.hasPrefix("\(writer) ") }
            #expect(own == (0..<rounds).map { "\(writer) \($0)" })
        }
        #expect(try await store.integrityCheck() == [])
        await store.close()
    }

    @Test func `a waiting writer is next`() async throws {
        let store = try await Stores.open(path) { $0.lockTimeoutSeconds = 600 }
        let hasty = try WriterLock(path: lockPath, timeoutSeconds: 600)
        let gate = Gate()
        let descriptor = try takeLock()
        let write = Task {
            try await store.write { connection in
                gate.pass()
                try connection.add("a")
            }
        }
        try await blocked(by: lockPath)
        close(descriptor)
        // The waiter is still waking up: a plain flock could be acquired here.
        let overtook = try hasty.holdingIfFree { true } ?? false
        gate.open()
        try await write.value
        #expect(!overtook)
        #expect(try hasty.holdingIfFree { true } == true)
        await store.close()
    }
}
