package import QRPayDomain

/// Keeps what users earned; every entry is idempotent by its key.
package protocol CashbackClient: Sendable {
    /// Adds an entry, or confirms that the one of that key exists with the same content.
    /// - Throws: ``PartnerError`` `rejected` with `key_reused` when the key carries other content.
    func post(_ entry: CashbackEntry) async throws

    /// Every entry of an order, or of all orders between two instants, oldest first.
    func ledger(orderID: String?, since: Instant?, until: Instant?) async throws -> [CashbackLedgerRow]
}
