import Glibc
import SQLKit

/// Each process holds this lock while it uses the stores of a folder, so that their style cannot change meanwhile.
final class StyleLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``SQLKit/SQLError``.
    init(folder: String) throws {
        let path = "\(folder)/style-lock"
        descriptor = try openLock(path)
        // Another process holds it exclusively only while it changes a few rows.
        while flock(descriptor, LOCK_SH) != 0 {
            guard errno == EINTR else {
                let number = errno
                Glibc.close(descriptor)
                throw SQLError(path, number)
            }
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Allows other processes to change the style.
    func release() { flock(descriptor, LOCK_UN) }

    /// Runs `body` while no other process uses the stores.
    /// - Returns: nil, without running `body`, if another process uses them.
    func alone<Value>(_ body: () async throws -> Value) async throws -> Value? {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The failed attempt has released the shared lock.
            flock(descriptor, LOCK_SH)
            return nil
        }
        defer { flock(descriptor, LOCK_SH) }
        return try await body()
    }
}

/// Held by a process while it decides on the style of a folder: if two processes start at the same time with different
/// styles, the second sees the style that the first has recorded.
final class StyleDecision: Sendable {
    private let descriptor: Int32

    /// Waits for other processes, which hold it only while they open stores.
    /// - Throws: ``SQLKit/SQLError``; `CancellationError`.
    init(folder: String) async throws {
        let path = "\(folder)/style-decision"
        descriptor = try openLock(path)
        // Do not block the thread: the holder may be a task of this process, which needs a thread to continue.
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            do {
                guard number == EWOULDBLOCK || number == EINTR else { throw SQLError(path, number) }
                try await Task.sleep(for: .milliseconds(10))
            } catch {
                Glibc.close(descriptor)
                throw error
            }
        }
    }

    deinit { Glibc.close(descriptor) }

    func release() { flock(descriptor, LOCK_UN) }
}

/// - Throws: ``SQLKit/SQLError``.
private func openLock(_ path: String) throws -> Int32 {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SQLError(path, errno) }
    return descriptor
}

extension SQLError {
    /// - Parameter number: `errno`.
    init(_ path: String, _ number: Int32) {
        self.init(code: .cannotOpen, message: "\(path): \(String(cString: strerror(number)))")
    }
}
