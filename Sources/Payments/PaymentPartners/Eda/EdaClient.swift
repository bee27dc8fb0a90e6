import JSONKit
package import PaymentCore

/// The food-order platform: stores the order and issues the fiscal receipts.
package protocol EdaClient: Sendable {
    /// Creates the order under the given id; repeating it with the same content is not an error.
    func createOrder(_ order: EdaOrder) async throws

    /// Sends the items of one receipt document; repeating a document id with the same content is not an error.
    func pushItems(_ document: ReceiptDocument) async throws

    /// The receipt document as JSON, at most 1 MiB; nil while it does not exist yet (404).
    func receipt(documentID: String) async throws -> [UInt8]?
}

package struct EdaOrder: Hashable, Sendable {
    package var edaOrderID: String
    package var orderID: String
    package var clientID: String
    package var uid: String
    package var amount: Money
    package var lines: [BillLine]

    package init(edaOrderID: String, orderID: String, clientID: String, uid: String, amount: Money, lines: [BillLine]) {
        self.edaOrderID = edaOrderID
        self.orderID = orderID
        self.clientID = clientID
        self.uid = uid
        self.amount = amount
        self.lines = lines
    }
}

/// The items of one payment or refund, from which Eda makes a fiscal receipt.
package struct ReceiptDocument: Hashable, Sendable {
    package typealias Kind = DocumentRecord.Kind

    /// `<invoice_id>-<version>`.
    package var documentID: String
    package var edaOrderID: String
    package var kind: Kind
    package var sellerName: String
    /// The money of this payment or refund.
    package var amount: Money
    /// What was paid before, which the receipt offsets; its total is the sum of both.
    package var prepaid: Money
    package var lines: [BillLine]

    package init(
        documentID: String, edaOrderID: String, kind: Kind, sellerName: String, amount: Money,
        prepaid: Money? = nil, lines: [BillLine]
    ) {
        self.documentID = documentID
        self.edaOrderID = edaOrderID
        self.kind = kind
        self.sellerName = sellerName
        self.amount = amount
        self.prepaid = prepaid ?? .zero(amount.currency)
        self.lines = lines
    }
}
