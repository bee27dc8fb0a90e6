import SQLKit

/// How the transactions of a store see each other.
package enum Isolation: String, CaseIterable, Codable, Hashable, Sendable {
    /// One after the other, as on SQLite.
    case serial
    /// Each on a snapshot taken when it begins, as at PostgreSQL's REPEATABLE READ: when it commits, what it has
    /// written
    /// is merged with what others have committed meanwhile. Of two that have written the same row, or the same unique
    /// key, the first to commit wins; the other runs again on a new snapshot.
    case snapshot
}

/// A transaction as code requests it.
struct TransactionBody {
    let isReadOnly: Bool
    let run: @Sendable (any SQLConnection) throws -> any Sendable
}

/// A request that may be a transaction of a store.
protocol TransactionRequest: Sendable {
    /// Nil for other requests.
    var transaction: TransactionBody? { get }
}
