import SQLKit

/// What the transactions of a store see of each other.
package enum Isolation: String, CaseIterable, Codable, Hashable, Sendable {
    /// One after another, as on SQLite.
    case serial
    /// Each on a snapshot taken when it begins, as with PostgreSQL's REPEATABLE READ: at its commit, its writes are
    /// merged with what others have committed meanwhile. If two transactions have written the same row or unique key,
    /// the first to commit wins; the other runs again on a new snapshot.
    case snapshot
}

/// A transaction that code has requested.
struct TransactionBody {
    let isReadOnly: Bool
    let run: @Sendable (any SQLConnection) throws -> any Sendable
}

/// A request that may be a transaction of a store.
protocol TransactionRequest: Sendable {
    /// Nil for other requests.
    var transaction: TransactionBody? { get }
}
