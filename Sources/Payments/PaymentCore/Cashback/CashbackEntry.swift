package import WorldKit

/// One accrual or clawback, as requested from the cashback service.
package struct CashbackEntry: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable { case accrual, clawback }

    /// The idempotency key.
    package var key: String
    package var orderID: String
    package var uid: String
    package var kind: Kind
    /// Positive for both kinds.
    package var amount: Money

    package init(key: String, orderID: String, uid: String, kind: Kind, amount: Money) {
        self.key = key
        self.orderID = orderID
        self.uid = uid
        self.kind = kind
        self.amount = amount
    }
}

/// One entry as stored by the cashback service.
package struct CashbackLedgerRow: Hashable, Sendable {
    /// The cashback service's own id.
    package var id: String
    package var entry: CashbackEntry
    package var at: Instant

    package init(id: String, entry: CashbackEntry, at: Instant) {
        self.id = id
        self.entry = entry
        self.at = at
    }
}
