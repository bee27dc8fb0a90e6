package import PaymentCore
package import WorldKit

/// Records what users earned; every entry is idempotent by its key.
package protocol CashbackClient: Sendable {
    /// Adds an entry, or confirms that the one with that key exists with the same content.
    /// - Throws: ``PartnerError`` `rejected` with `key_reused` when the key carries other content.
    func post(_ entry: CashbackEntry) async throws

    /// Passes on every entry of an order, or of all orders between two instants, oldest first, page by page.
    func ledgerPages(
        orderID: String?, since: Instant?, until: Instant?,
        _ receive: ([CashbackLedgerRow]) async throws -> Void
    ) async throws
}

extension CashbackClient {
    /// Every entry of an order, or of all orders between two instants, oldest first.
    package func ledger(orderID: String?, since: Instant?, until: Instant?) async throws -> [CashbackLedgerRow] {
        var rows: [CashbackLedgerRow] = []
        try await ledgerPages(orderID: orderID, since: since, until: until) { rows += $0 }
        return rows.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }
}
