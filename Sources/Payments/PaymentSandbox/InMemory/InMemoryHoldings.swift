package import PaymentCore
import PaymentPartners

extension InMemoryPartners {
    package var holdings: PartnerHoldings { models.holdings }
}

extension PartnerKnowledge {
    /// The partners' side of a ``PaymentSnapshot``: every invoice, including those of which only voids arrived, and the
    /// ledger.
    package var holdings: PartnerHoldings {
        PartnerHoldings(
            invoices: transactions.invoices.ids.sorted().compactMap { id in
                transactions.invoices[id]?.holdings(id: id)
            },
            ledger: cashback.rows.values.compactMap { try? $0.row() }.sorted { $0.id < $1.id })
    }
}

extension InvoiceRecord {
    fileprivate func holdings(id: String) -> PartnerHoldings.Invoice {
        let invoice = invoice(id: id)
        return PartnerHoldings.Invoice(
            invoiceID: id, held: invoice?.held ?? .zero(.rub), captured: invoice?.captured ?? .zero(.rub),
            refunded: invoice?.refunded ?? .zero(.rub), operations: operations.map(reported))
    }
}
