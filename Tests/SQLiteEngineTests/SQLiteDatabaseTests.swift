import Glibc
import SQLKit
import TestSupport
import Testing

@testable import SQLiteEngine

@Suite struct SQLiteDatabaseTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.db") }

    init() throws { directory = try TemporaryDirectory() }

    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    private func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        #expect(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
    }

    // MARK: Files

    @Test func `files are private to their owner`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        for suffix in ["", "-wal", "-shm", "-lock"] {
            #expect(mode(path + suffix) == 0o600, "\(suffix)")
        }
        await store.close()
        #expect(mode(path + "-wal") == nil, "the last one to close leaves no log")
        let again = try await Stores.open(path)
        #expect(try await again.notes() == ["a"])
        await again.close()
    }

    @Test func `settings are the durable ones`() async throws {
        let store = try await Stores.open(path)
        let settings = try await store.write { connection in
            try ["journal_mode", "synchronous", "foreign_keys"].map { name in
                let row = try connection.query("PRAGMA \(name)")[0]
                return try (try? row.text(name)) ?? String(row.integer(name))
            }
        }
        #expect(settings == ["wal", "2", "1"])
        await store.close()
    }

    @Test func `directories are created on request`() async throws {
        let deep = directory.file("a/b/store.db")
        let error = await #expect(throws: SQLError.self) { try await Stores.open(deep) }
        #expect(error?.code == .cannotOpen)
        #expect(error?.message.contains(directory.file("a/b")) == true)
        let store = try await Stores.open(deep) { $0.createsDirectory = true }
        #expect(mode(directory.file("a")) == 0o700)
        #expect(mode(directory.file("a/b")) == 0o700)
        await store.close()
    }

    @Test func `one file under two names has one lock`() async throws {
        let link = directory.file("link.db")
        let store = try await Stores.open(path)
        try #require(symlink(path, link) == 0)
        let other = try await Stores.open(link)
        try await other.add("through the link")
        #expect(try await store.notes() == ["through the link"])
        #expect(mode(link + "-lock") == nil)
        await other.close()
        await store.close()
    }

    @Test(arguments: ["a?b#c%20 d.db", "file:x?mode=memory", ":memory:", "имя.db", "-"])
    func `any file name is taken literally`(name: String) async throws {
        let store = try await Stores.open(directory.file(name))
        try await store.add("a")
        #expect(mode(directory.file(name)) == 0o600)
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    // MARK: Files that cannot be opened

    @Test func `anything but a regular file is rejected`() async throws {
        let fifo = directory.file("fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let dangling = directory.file("dangling")
        try #require(symlink(directory.file("nowhere"), dangling) == 0)
        let names = [
            directory.path, fifo, dangling, "", "a\0b", "/dev/null", "\(fifo)/x.db",
            "\(directory.path)/\(String(repeating: "x", count: 300))",
        ]
        for name in names {
            for mode in [SQLiteOptions.Mode.readWrite, .readOnly] {
                #expect(await code { try await Stores.open(name) { $0.mode = mode } } == .cannotOpen, "\(name)")
            }
        }
    }

    @Test func `a missing file is not created by reading`() async {
        #expect(await code { try await Stores.open(path) { $0.mode = .readOnly } } == .cannotOpen)
        #expect(mode(path) == nil)
    }

    @Test(arguments: [100, 5_000]) func `garbage is not a database`(size: Int) async throws {
        try overwrite(path, at: 0, with: Array(repeating: 0x55, count: size))
        for mode in [SQLiteOptions.Mode.readWrite, .readOnly] {
            let error = await #expect(throws: SQLError.self) { try await Stores.open(path) { $0.mode = mode } }
            #expect(error?.code == .notADatabase)
            #expect(error?.message.hasPrefix(path) == true)
        }
    }

    @Test func `a damaged schema is corrupt`() async throws {
        await (try await Stores.open(path)).close()
        try overwrite(path, at: 100, with: Array(repeating: 0xEE, count: 3_996))
        #expect(await code { try await Stores.open(path) } == .corrupt)
    }

    @Test func `damaged data is corrupt and reported`() async throws {
        let store = try await Stores.open(path)
        try await store.write { connection in
            for number in 0..<2_000 { try connection.add("note \(number)") }
        }
        #expect(try await store.integrityCheck() == [])
        await store.close()
        try overwrite(path, at: 4_096 * 5, with: Array(repeating: 0xEE, count: 4_096 * 4))
        let damaged = try await Stores.open(path)
        #expect(try await damaged.integrityCheck() != [])
        #expect(await code { try await damaged.notes() } == .corrupt)
        await damaged.close()
    }

    @Test func `orphans are reported`() async throws {
        let migration = SQLMigration(
            version: 1, name: "family",
            sql: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES p)")
        let store = try await SQLiteDatabase.open(.file(path: path), migrations: [migration])
        let connection = try SQLiteConnection(path, access: .readWrite, busyTimeoutSeconds: 0)
        connection.enforceForeignKeys(false)
        try connection.script("INSERT INTO c VALUES (1)")
        #expect(try await store.integrityCheck() == ["row in c without its parent in p"])
        await store.close()
    }

    // MARK: Files that cannot be written

    @Test func `a read-only database never writes`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        let reader = try await Stores.open(path) { $0.mode = .readOnly }
        #expect(try await reader.notes() == ["a"])
        #expect(await code { try await reader.add("b") } == .readOnly)
        await store.close()
        #expect(try await reader.notes() == ["a"])
        let size = { (path: String) in
            var status = stat()
            return stat(path, &status) == 0 ? status.st_size : nil
        }
        let before = size(path + "-wal")
        #expect(before ?? 0 > 0)
        await reader.close()
        #expect(size(path + "-wal") == before, "no checkpoint without the lock")
    }

    @Test func `a store without write permission is read-only`() async throws {
        chmod(directory.path, 0o755)
        let store = try await Stores.open(path)
        try await store.add("a")
        await store.close()
        for suffix in ["", "-lock"] { chmod(path + suffix, 0o444) }
        let error = await #expect(throws: SQLError.self) {
            try await Stores.open(path) { $0.executor = ThreadExecutor.withoutRoot() }
        }
        #expect(error?.code == .readOnly)
        #expect(error?.message.hasPrefix(path) == true)
        let reader = try await Stores.open(path) { $0.mode = .readOnly }
        #expect(try await reader.notes() == ["a"])
        await reader.close()
    }

    @Test func `a directory without write permission is read-only`() async throws {
        chmod(directory.path, 0o555)
        defer { chmod(directory.path, 0o755) }
        let opening = await code { try await Stores.open(path) { $0.executor = ThreadExecutor.withoutRoot() } }
        #expect(opening == .readOnly)
    }

    @Test(.enabled(if: ThreadExecutor.canMount, "mounting takes root"))
    func `a read-only medium can be read but not written`() async throws {
        let store = try await Stores.open(path)
        try await store.add("a")
        await store.close()
        let executor = ThreadExecutor.withReadOnlyMedium(at: directory.path)
        #expect(await code { try await Stores.open(path) { $0.executor = executor } } == .readOnly)
        let notes = try await OnExecutor(executor).run { [path] in
            let name = try SQLiteFile(at: path).readOnlyName
            let connection = try SQLiteConnection(name, access: .readOnly, busyTimeoutSeconds: 0)
            return try connection.notes()
        }
        #expect(notes == ["a"])
    }

    @Test(arguments: [-1, .nan, .infinity, 1e300]) func `any lock timeout is accepted`(seconds: Double) async throws {
        let store = try await Stores.open(path) { $0.lockTimeoutSeconds = seconds }
        try await store.add("a")
        #expect(try await store.notes() == ["a"])
        await store.close()
    }

    @Test func `a full database keeps what it has`() async throws {
        let store = try await Stores.open(path)
        try await store.write { connection in
            try connection.add("a")
            _ = try connection.query("PRAGMA max_page_count = 8")
        }
        let full = await code {
            try await store.write { connection in
                for _ in 0..<100 { try connection.add(String(repeating: "x", count: 1_000)) }
            }
        }
        #expect(full == .diskFull)
        try await store.add("b")
        #expect(try await store.notes() == ["a", "b"])
        await store.close()
    }

    @Test(.enabled(if: ThreadExecutor.canMount, "mounting takes root"))
    func `a full disk is reported as such`() async throws {
        let executor = ThreadExecutor.withSmallDisk(at: directory.path, kilobytes: 256)
        let store = try await Stores.open(path) {
            $0.executor = executor
            $0.readers = 0
        }
        var written = 0
        let full = await code {
            while written < 1_000 {
                try await store.add(String(repeating: "x", count: 1_000))
                written += 1
            }
        }
        #expect(full == .diskFull)
        #expect(written > 0)
        #expect(try await store.notes().count == written, "nothing half-written")
        await store.close()
    }

    @Test(arguments: [true, false]) func `one statement can change many rows`(succeeds: Bool) async throws {
        let store = try await Stores.open(path)
        let text = String(repeating: "x", count: 1_000)
        try await store.write { connection in
            for _ in 0..<2_000 { try connection.add(text) }
        }
        // The rollback journal is far larger than the cache.
        let changed = succeeds ? "text || 'y'" : "CASE id WHEN 2000 THEN NULL ELSE text || 'y' END"
        let result = await Task { try await store.write { try $0.execute("UPDATE notes SET text = \(changed)") } }
            .result
        if succeeds {
            #expect(try result.get() == 2_000)
        } else {
            #expect(await code { try result.get() } == .constraint)
        }
        let expected = Array(repeating: succeeds ? text + "y" : text, count: 2_000)
        #expect(try await store.notes() == expected)
        await store.close()
    }

    // MARK: Closing

    @Test(arguments: [true, false]) func `a closed store reports that it is closed`(inMemory: Bool) async throws {
        let location = inMemory ? SQLiteLocation.memory : .file(path: path)
        let store = try await SQLiteDatabase.open(location, migrations: Stores.notes)
        await store.close()
        await store.close()
        #expect(await code { try await store.add("a") } == .cannotOpen)
        #expect(await code { try await store.notes() } == .cannotOpen)
    }

    @Test func `closing completes queued writes`() async throws {
        let executor = HeldExecutor()
        let store = try await Stores.open(path) { $0.executor = executor }
        executor.hold()
        let writes = (0..<3).map { number in Task { try await store.add("\(number)") } }
        await executor.holding(3)
        let closing = Task { await store.close() }
        await executor.holding(4)
        executor.release()
        await closing.value
        for write in writes { try await write.value }
        let again = try await Stores.open(path)
        #expect(try await again.notes().sorted() == ["0", "1", "2"])
        await again.close()
    }

    @Test func `the library reports its version`() {
        #expect(SQLiteDatabase.libraryVersion().hasPrefix("3."))
    }
}
