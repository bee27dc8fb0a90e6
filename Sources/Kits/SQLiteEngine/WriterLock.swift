import CSQLite
import Glibc
import SQLKit

/// The exclusive right to write to one database file, held by one connection of one process at a time.
///
/// SQLite before 3.51.3 can corrupt a log that two connections write or checkpoint simultaneously (sqlite.org/wal.html,
/// "the WAL-reset bug"). The lock also makes writers queue, where SQLite lets them poll.
final class WriterLock {
    private let path: String
    private let timeoutSeconds: Double
    private var descriptor: Int32

    /// Opens the lock file, or creates it with mode 0600. It is never removed: a lock on a removed file excludes no
    /// other process.
    init(path: String, timeoutSeconds: Double) throws {
        self.path = path
        self.timeoutSeconds = timeoutSeconds
        descriptor = try Self.open(path)
    }

    deinit { Glibc.close(descriptor) }

    /// Runs `body` while holding the lock.
    /// - Throws: `locked` if others held it until the timeout.
    func holding<Value>(_ body: () throws -> Value) throws -> Value {
        try acquire(timeoutSeconds: timeoutSeconds)
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }

    /// Runs `body` while holding the lock, if it is free now.
    /// - Returns: nil, without running `body`, if it is not free.
    func holdingIfFree<Value>(_ body: () throws -> Value) throws -> Value? {
        guard (try? acquire(timeoutSeconds: 0)) != nil else { return nil }
        defer { flock(descriptor, LOCK_UN) }
        return try body()
    }

    private func acquire(timeoutSeconds: Double) throws {
        while true {
            switch csqlite_lock(descriptor, timeoutSeconds) {
            case 0: break
            case ETIMEDOUT:
                throw SQLError(
                    code: .locked, message: "\(path): another process held the store for \(timeoutSeconds) seconds")
            case let number: throw SQLError(path: path, systemError: number)
            }
            if let identity = FileIdentity(of: descriptor), identity == FileIdentity(at: path) { return }
            // The lock file was removed or replaced; reopen it, so that all processes use the same one.
            let successor = try Self.open(path)
            Glibc.close(descriptor)
            descriptor = successor
        }
    }

    private static func open(_ path: String) throws -> Int32 {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SQLError(path: path, systemError: errno) }
        return descriptor
    }
}
