package import PaymentCore
package import PaymentPartners
package import WorldKit

/// The cashback service's rules: a ledger to which entries are added, once per key.
package struct CashbackModel: Hashable, Codable, Sendable {
    package var rows: RecordTable<CashbackRowWire>

    package init(rows: [String: CashbackRowWire] = [:]) { self.rows = RecordTable(rows) }

    /// Adds an entry, or confirms the one with that key.
    package mutating func post(_ entry: CashbackEntry, now: Instant) throws(PartnerRefusal) -> CashbackRowWire {
        guard !entry.key.isEmpty, entry.key.utf8.count <= 200 else {
            throw PartnerRefusal(400, "bad_key", "the key must have 1 to 200 bytes")
        }
        guard entry.amount.minorUnits > 0 else {
            throw PartnerRefusal(400, "bad_amount", "the amount must be positive")
        }
        let id = "cb-\(entry.key)"
        let new = CashbackRowWire(CashbackLedgerRow(id: id, entry: entry, at: now))
        guard let known = rows[id] else {
            rows[id] = new
            return new
        }
        var same = new
        same.at = known.at
        guard known == same else { throw .keyReused("entry \(entry.key)") }
        return known
    }

    /// A part of the ledger, oldest first, after `cursor` (the `next_cursor` of the previous page).
    package func page(
        orderID: String?, since: Instant?, until: Instant?, cursor: String?, limit: Int
    ) -> CashbackPageWire {
        let (since, until) = (since?.rfc3339, until?.rfc3339)
        let matching = rows.values.filter { row in
            (orderID == nil || row.orderID == orderID) && since.map { row.at >= $0 } ?? true
                && until.map { row.at < $0 } ?? true && cursor.map { row.position > $0 } ?? true
        }
        let page = matching.sorted { $0.position < $1.position }.prefix(limit)
        return CashbackPageWire(
            entries: Array(page), nextCursor: page.count < matching.count ? page.last?.position : nil)
    }

    /// Inserts a row as it is, bypassing the rules: for an audit to find.
    package mutating func tamper(_ row: CashbackLedgerRow) { rows[row.id] = CashbackRowWire(row) }

    /// Removes a row; false when it does not exist.
    package mutating func remove(id: String) -> Bool {
        guard rows[id] != nil else { return false }
        rows[id] = nil
        return true
    }
}

extension CashbackRowWire {
    /// The sort key of the ledger: RFC 3339 in UTC with fixed width sorts by time.
    fileprivate var position: String { "\(at) \(id)" }
}
