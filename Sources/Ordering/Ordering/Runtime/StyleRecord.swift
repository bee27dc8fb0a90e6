package import OrderingCore
import SQLKit

/// The style that a store was used with.
///
/// Unfinished work of one style cannot be handled in another, because its messages and their receivers differ. So a
/// store changes its style only while it contains no unfinished work.
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

    /// The amount of a service's unfinished work: tasks, unsent messages, pending orders and unanswered client
    /// requests.
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
        /// The number of unfinished tasks, messages, orders and requests of the other style.
        case unfinished(Int)
        /// Another process uses the stores.
        case inUse
    }

    package var service: ServiceName
    package var recorded: StyleName
    package var wanted: StyleName
    package var reason: Reason
}
