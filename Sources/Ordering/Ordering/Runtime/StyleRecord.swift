import Glibc
package import OrderingCore
import SQLKit

/// Which style a store was used with.
///
/// What waits in a store was sent in one style and is handled in it: another style has other messages, and others to
/// receive them. So a store changes its style only while nothing in it is unfinished.
struct StyleRecord {
    static let table = """
        CREATE TABLE service_style (
            slot INTEGER NOT NULL UNIQUE,
            style TEXT NOT NULL
        );
        """

    private let connection: any SQLConnection

    init(_ connection: any SQLConnection) { self.connection = connection }

    func style() throws -> StyleName? {
        try connection.query("SELECT style FROM service_style WHERE slot = 1").first.map { try $0.word("style") }
    }

    func set(_ style: StyleName) throws {
        try connection.execute(
            """
            INSERT INTO service_style (slot, style) VALUES (1, $1)
            ON CONFLICT (slot) DO UPDATE SET style = excluded.style
            """, [.text(style.rawValue)])
    }

    /// How much of a service's work is unfinished: tasks, messages to send, orders without an outcome, and requests of
    /// clients without an answer.
    func unfinished(of service: ServiceName) throws -> Int {
        var counts = [
            "SELECT COUNT(*) AS count FROM tasks WHERE state NOT IN ('done', 'canceled')",
            "SELECT COUNT(*) AS count FROM outbox WHERE state IN ('unsent', 'waiting', 'parked')",
        ]
        switch service {
        case .gateway: counts.append("SELECT COUNT(*) AS count FROM requests WHERE answer_status IS NULL")
        case .order: counts.append("SELECT COUNT(*) AS count FROM orders WHERE status = 'pending'")
        case .identity, .billing, .notification, .push: break
        }
        return try counts.reduce(0) { try $0 + connection.query($1)[0].number("count") }
    }
}

/// A store was used with another style, and cannot be used with this one now.
package struct StyleDiffers: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// So much work of the other style is unfinished.
        case unfinished(Int)
        /// Another process uses the stores.
        case inUse
    }

    package var service: ServiceName
    package var recorded: StyleName
    package var wanted: StyleName
    package var reason: Reason
}

/// Held by each process for as long as it uses the stores of a folder, so that the style is not changed under it.
final class StyleLock: Sendable {
    private let descriptor: Int32

    /// - Throws: ``SQLKit/SQLError``.
    init(folder: String) throws {
        let path = "\(folder)/style-lock"
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SQLError(path, errno) }
        // Another process holds it alone only while it changes a few rows.
        while flock(descriptor, LOCK_SH) != 0 {
            guard errno == EINTR else {
                let number = errno
                Glibc.close(descriptor)
                throw SQLError(path, number)
            }
        }
    }

    deinit { Glibc.close(descriptor) }

    /// Lets others change the style.
    func release() { flock(descriptor, LOCK_UN) }

    /// Runs `body` while no other process uses the stores.
    /// - Returns: nil, without running `body`, when one does.
    func alone<Value>(_ body: () async throws -> Value) async throws -> Value? {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            // The attempt has given up what was held.
            flock(descriptor, LOCK_SH)
            return nil
        }
        defer { flock(descriptor, LOCK_SH) }
        return try await body()
    }
}

extension SQLError {
    /// - Parameter number: `errno`.
    init(_ path: String, _ number: Int32) {
        self.init(code: .cannotOpen, message: "\(path): \(String(cString: strerror(number)))")
    }
}
