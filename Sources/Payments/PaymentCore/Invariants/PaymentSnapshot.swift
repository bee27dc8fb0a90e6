/// Both sides of a set of orders at one moment: our records, and what the partners hold.
///
/// Our side is read first. While payments run elsewhere the partners may be ahead of us by our latest requests; take a
/// snapshot between steps, or once all work has settled.
package struct PaymentSnapshot: Hashable, Sendable {
    package var orders: [OrderSnapshot]
    /// Nil when the partners were not queried; comparisons of the sides are left out then.
    package var partners: PartnerHoldings?

    package init(orders: [OrderSnapshot], partners: PartnerHoldings?) {
        self.orders = orders
        self.partners = partners
    }
}

/// An order with all of our store's records of its payment.
package struct OrderSnapshot: Hashable, Sendable {
    package var order: Order
    /// Including those of former payers.
    package var operations: [OperationRecord]
    /// Oldest first.
    package var journal: [JournalEntry]
    package var documents: [DocumentRecord]
    package var receipts: [StoredReceipt]
    /// Requested from the cashback service for the order's own changes, confirmed or not.
    package var cashback: [CashbackEntry]
    /// Requested from it in addition, to correct its ledger.
    package var corrections: [CashbackEntry]

    package init(
        order: Order, operations: [OperationRecord] = [], journal: [JournalEntry] = [],
        documents: [DocumentRecord] = [], receipts: [StoredReceipt] = [], cashback: [CashbackEntry] = [],
        corrections: [CashbackEntry] = []
    ) {
        self.order = order
        self.operations = operations
        self.journal = journal
        self.documents = documents
        self.receipts = receipts
        self.cashback = cashback
        self.corrections = corrections
    }
}

/// What transactions and the cashback service report to hold.
package struct PartnerHoldings: Hashable, Sendable {
    package struct Invoice: Hashable, Sendable {
        package var invoiceID: String
        /// Held and not captured, voided or lapsed.
        package var held: Money
        package var captured: Money
        package var refunded: Money
        package var operations: [PaymentOperation]

        package init(
            invoiceID: String, held: Money, captured: Money, refunded: Money, operations: [PaymentOperation]
        ) {
            self.invoiceID = invoiceID
            self.held = held
            self.captured = captured
            self.refunded = refunded
            self.operations = operations
        }
    }

    package var invoices: [Invoice]
    package var ledger: [CashbackLedgerRow]

    package init(invoices: [Invoice], ledger: [CashbackLedgerRow]) {
        self.invoices = invoices
        self.ledger = ledger
    }
}
