package import QRPayDomain
import QRPayPartners
import QRPayStore

/// Compares our orders with the cashback service's ledger, both ways.
package struct CashbackAuditing: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Report: Sendable {
        package var orders: Int
        package var ledgerRows: Int
        package var findings: [CashbackAudit.Finding]
    }

    /// Audits the orders created in a period; without one, all of them.
    package func audit(since: Instant?, until: Instant?) async throws -> Report {
        var filter = OrderRepository.Filter()
        filter.since = since
        filter.until = until
        filter.limit = .max
        let orders = try await services.store.read { [filter] in try $0.orders.orders(filter) }
        var ledger = try await services.partners.cashback.ledger(orderID: nil, since: since, until: nil)
        if since != nil || until != nil {
            // Orders outside the period have rows inside it, and they are not extra.
            let audited = Set(orders.map(\.orderID))
            let strangers = Set(ledger.map(\.entry.orderID)).subtracting(audited)
            let ours = try await services.store.read { transaction in
                try strangers.filter { try transaction.orders.order(id: $0) != nil }
            }
            ledger.removeAll { row in
                guard !audited.contains(row.entry.orderID) else { return false }
                return ours.contains(row.entry.orderID) || (until.map { row.at >= $0 } ?? false)
            }
        }
        return Report(
            orders: orders.count, ledgerRows: ledger.count,
            findings: CashbackAudit.findings(orders: orders, ledger: ledger))
    }
}
