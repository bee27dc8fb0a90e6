package import PaymentCore
import PaymentPartners

/// Explains one order's cashback.
package struct CashbackShowing: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    package struct Shown: Sendable {
        package var statement: CashbackStatement
        /// The rule behind the order's promise; nil when there is no promise.
        package var rule: CashbackRule?
        /// The cashback service's entries, oldest first.
        package var ledger: [CashbackLedgerRow]
    }

    /// - Throws: ``OrderError/notFound(orderID:)``, ``PartnerError``.
    package func show(_ orderID: String) async throws -> Shown {
        let (order, rule, asked) = try await services.store.read { transaction in
            let order = try transaction.order(orderID)
            return (
                order, try order.cashback.flatMap { try transaction.cashback.rule(id: $0.ruleID) },
                try transaction.cashback.entries(of: order).map(\.entry)
            )
        }
        let ledger = try await services.partners.cashback.ledger(orderID: orderID, since: nil, until: nil)
        return Shown(statement: CashbackStatement(order, asked: asked, ledger: ledger), rule: rule, ledger: ledger)
    }
}
