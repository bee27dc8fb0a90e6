package import PaymentCore
package import PaymentPartners

/// Collects both sides of payments for ``PaymentInvariants``.
package struct SnapshotReader: Sendable {
    private let services: Services

    package init(_ services: Services) { self.services = services }

    /// Our side, in one read transaction.
    /// - Parameter orderIDs: nil for every order.
    /// - Throws: ``OrderError/notFound(orderID:)``.
    package func ours(orderIDs: [String]? = nil) async throws -> [OrderSnapshot] {
        try await services.store.read { transaction in
            let orders = try orderIDs?.map { try transaction.order($0) } ?? transaction.allOrders()
            return try orders.map { try transaction.snapshot(of: $0) }
        }
    }

    /// Our side first, then every known invoice at transactions and every order's entries at the cashback service.
    /// - Throws: ``OrderError/notFound(orderID:)``, ``PartnerError``.
    package func snapshot(orderIDs: [String]? = nil) async throws -> PaymentSnapshot {
        let orders = try await ours(orderIDs: orderIDs)
        var partners = PartnerHoldings(invoices: [], ledger: [])
        for order in orders {
            for id in Set(order.operations.map(\.invoiceID)).sorted() {
                guard let invoice = try await services.partners.transactions.invoice(id: id) else { continue }
                partners.invoices.append(PartnerHoldings.Invoice(invoice))
            }
            // Queried for every order, including those that should have no entries.
            partners.ledger += try await services.partners.cashback.ledger(
                orderID: order.order.orderID, since: nil, until: nil)
        }
        return PaymentSnapshot(orders: orders, partners: partners)
    }
}

extension PartnerHoldings.Invoice {
    package init(_ invoice: Invoice) {
        self.init(
            invoiceID: invoice.invoiceID, held: invoice.held, captured: invoice.captured, refunded: invoice.refunded,
            operations: invoice.operations)
    }
}

extension StoreTransaction {
    fileprivate func allOrders() throws -> [Order] {
        var filter = OrderFilter()
        filter.limit = .max
        return try orders.orders(filter)
    }

    fileprivate func snapshot(of order: Order) throws -> OrderSnapshot {
        let entries = try cashback.entries(of: order)
        return OrderSnapshot(
            order: order, operations: try operations.operations(orderID: order.orderID),
            journal: try journal.entries(orderID: order.orderID),
            documents: try receipts.documents(orderID: order.orderID),
            receipts: try receipts.receipts(orderID: order.orderID, limit: .max),
            cashback: entries.filter { !$0.isCorrection }.map(\.entry),
            corrections: entries.filter(\.isCorrection).map(\.entry))
    }
}
