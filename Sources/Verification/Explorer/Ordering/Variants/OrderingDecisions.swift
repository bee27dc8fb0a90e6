import Ordering
import OrderingCore
import SQLKit

/// The decisions that variants of the ordering system replace; the values here are those of the production code.
struct OrderingDecisions: Sendable {
    /// When a service's messages are sent.
    enum Sending: Sendable {
        /// They are written with the effect, and sent afterwards by the relay.
        case outbox
        /// They are sent from memory, once the effect is committed.
        case afterCommit
        /// They are sent from memory, and the effect is committed afterwards.
        case beforeCommit
    }

    /// When a service's messages are acknowledged.
    enum Receiving: Hashable, Sendable {
        case stagedThenAcknowledged
        case acknowledgedThenStaged
        /// Without an inbox: the handler runs first, and `acknowledgesFailures` decides whether a failed message is
        /// redelivered.
        case handled(acknowledgesFailures: Bool)
    }

    /// How a service makes the requests that an effect calls for.
    enum Calls: Sendable {
        /// They are written with the effect, and made afterwards by the worker.
        case staged
        /// They are made from memory, by the process whose effect it is.
        case direct
    }

    var sending: @Sendable (ServiceName) -> Sending = { _ in .outbox }
    var receiving: @Sendable (ServiceName) -> Receiving = { _ in .stagedThenAcknowledged }
    var calls = Calls.staged
    /// A user's basket is looked for and made in two transactions.
    var findsThenInserts = false
    /// Statements that are replaced by others.
    var statements: [String: String] = [:]
    /// What is changed in the schema of a service.
    var schema: [ServiceName: String] = [:]

    mutating func replace(_ statement: String, by other: String) { statements[statement] = other }

    func migrations(of service: ServiceName) -> [SQLMigration] {
        let migrations = service.migrations
        guard let sql = schema[service] else { return migrations }
        let version = (migrations.map(\.version).max() ?? 0) + 1
        return migrations + [SQLMigration(version: version, name: "variant", sql: sql)]
    }
}
