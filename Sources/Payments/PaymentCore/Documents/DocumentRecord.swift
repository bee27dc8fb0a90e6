package import WorldKit

/// One fiscal receipt to be issued: for a payment (version 1) or a refund (2 and up).
package struct DocumentRecord: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Codable, Sendable { case payment, refund }

    package var orderID: String
    package var invoiceID: String
    /// From 1 within the invoice.
    package var version: Int
    /// The number of the clear or refund it documents.
    package var operation: Int
    package var kind: Kind
    /// The money of the payment or refund.
    package var amount: Money
    /// What was paid at the restaurant before, which a payment's receipt offsets beside ``amount``.
    package var prepaid: Money
    package var lines: [BillLine]
    /// The restaurant's name at the time of the payment or refund: a document's content never changes.
    package var sellerName: String

    package init(
        orderID: String, invoiceID: String, version: Int, operation: Int, kind: Kind, amount: Money,
        prepaid: Money? = nil, lines: [BillLine], sellerName: String
    ) {
        self.orderID = orderID
        self.invoiceID = invoiceID
        self.version = version
        self.operation = operation
        self.kind = kind
        self.amount = amount
        self.prepaid = prepaid ?? .zero(amount.currency)
        self.lines = lines
        self.sellerName = sellerName
    }

    /// `<invoice_id>-<version>`.
    package var documentID: String { Self.documentID(invoiceID: invoiceID, version: version) }

    package static func documentID(invoiceID: String, version: Int) -> String { "\(invoiceID)-\(version)" }
}

/// A receipt that has been rendered and stored.
package struct StoredReceipt: Hashable, Sendable {
    package var orderID: String
    package var documentID: String
    package var kind: DocumentRecord.Kind
    package var cost: Money
    /// The object's key in the bucket, `<order_id>/<document_id>.pdf`.
    package var key: String
    package var createdAt: Instant

    package init(
        orderID: String, documentID: String, kind: DocumentRecord.Kind, cost: Money, key: String, createdAt: Instant
    ) {
        self.orderID = orderID
        self.documentID = documentID
        self.kind = kind
        self.cost = cost
        self.key = key
        self.createdAt = createdAt
    }

    package static func key(orderID: String, documentID: String) -> String { "\(orderID)/\(documentID).pdf" }
}
