package import JSONKit
package import PaymentCore
import WorldKit

/// The body of `PUT /v1/entries/{key}`.
package struct CashbackEntryWire: Codable, Hashable, Sendable {
    package var key: String
    package var orderID: String
    package var uid: String
    package var kind: CashbackEntry.Kind
    package var amount: String
    package var currency: String

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case key, uid, kind, amount, currency
    }

    package init(_ entry: CashbackEntry) {
        key = entry.key
        orderID = entry.orderID
        uid = entry.uid
        kind = entry.kind
        amount = entry.amount.decimal
        currency = entry.amount.currency.code
    }

    package func entry() throws(FieldError) -> CashbackEntry {
        CashbackEntry(
            key: key, orderID: orderID, uid: uid, kind: kind, amount: try WireField.money(amount, currency))
    }
}

/// One entry of the ledger: the response of `PUT /v1/entries/{key}`, and an element of a page.
///
/// The ledger's content is evidence: it is read as it is, even when it breaks our own rules for ids and signs.
package struct CashbackRowWire: Codable, Hashable, Sendable {
    package var id: String
    package var key: String
    package var orderID: String
    package var uid: String
    package var kind: CashbackEntry.Kind
    package var amount: String
    package var currency: String
    package var at: String

    enum CodingKeys: String, CodingKey {
        case orderID = "order_id"
        case id, key, uid, kind, amount, currency, at
    }

    package init(_ row: CashbackLedgerRow) {
        id = row.id
        key = row.entry.key
        orderID = row.entry.orderID
        uid = row.entry.uid
        kind = row.entry.kind
        amount = row.entry.amount.decimal
        currency = row.entry.amount.currency.code
        at = row.at.rfc3339
    }

    package func row() throws(FieldError) -> CashbackLedgerRow {
        let money = try WireField.money(amount, currency)
        return CashbackLedgerRow(
            id: id, entry: CashbackEntry(key: key, orderID: orderID, uid: uid, kind: kind, amount: money),
            at: try WireField.instant(at, "at"))
    }
}

/// One page of `GET /v1/entries`; `next_cursor` requests the next one, null on the last.
package struct CashbackPageWire: Codable, Hashable, Sendable {
    package var entries: [CashbackRowWire]
    package var nextCursor: String?

    enum CodingKeys: String, CodingKey {
        case entries
        case nextCursor = "next_cursor"
    }

    package init(entries: [CashbackRowWire], nextCursor: String?) {
        self.entries = entries
        self.nextCursor = nextCursor
    }
}
