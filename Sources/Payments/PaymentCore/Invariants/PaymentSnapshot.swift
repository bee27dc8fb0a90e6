/// Both sides of a number of orders at one moment: what we have written down, and what the partners hold.
///
/// Our side is read first. While payments run elsewhere the partners may be ahead of us by what we have just asked for;
/// take a snapshot between steps, or when things are quiet.
package struct PaymentSnapshot: Hashable, Sendable {
    package var orders: [OrderSnapshot]
    /// Nil when the partners were not asked; what compares the sides is left out then.
    package var partners: PartnerHoldings?

    package init(orders: [OrderSnapshot], partners: PartnerHoldings?) {
        self.orders = orders
        self.partners = partners
    }
}

/// An order with everything our store says about its payment.
package struct OrderSnapshot: Hashable, Sendable {
    package var order: Order
    /// Former payers' too.
    package var operations: [OperationRecord]
    /// Oldest first.
    package var journal: [JournalEntry]
    package var documents: [DocumentRecord]
    package var receipts: [StoredReceipt]
    /// What was asked of the cashback service for the order's own changes, confirmed or not.
    package var cashback: [CashbackEntry]
    /// What was asked of it besides, to mend its ledger.
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

/// What transactions and the cashback service say they hold.
package struct PartnerHoldings: Hashable, Sendable {
    package struct Invoice: Hashable, Sendable {
        package var invoiceID: String
        /// Held and neither captured, voided nor lapsed.
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
