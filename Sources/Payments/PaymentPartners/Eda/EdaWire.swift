package import JSONKit
import PaymentCore

/// The body and the response of `PUT /v1/orders/{eda_order_id}`.
package struct EdaOrderWire: Codable, Hashable, Sendable {
    package var edaOrderID: String
    package var orderID: String
    package var clientID: String
    package var uid: String
    package var amount: String
    package var currency: String
    package var lines: [BillLineWire]

    enum CodingKeys: String, CodingKey {
        case edaOrderID = "eda_order_id"
        case orderID = "order_id"
        case clientID = "client_id"
        case uid, amount, currency, lines
    }

    package init(_ order: EdaOrder) {
        edaOrderID = order.edaOrderID
        orderID = order.orderID
        clientID = order.clientID
        uid = order.uid
        amount = order.amount.decimal
        currency = order.amount.currency.code
        lines = order.lines.map(BillLineWire.init)
    }

    package func order() throws(FieldError) -> EdaOrder {
        EdaOrder(
            edaOrderID: try WireField.identifier(edaOrderID, "eda_order_id"),
            orderID: try WireField.identifier(orderID, "order_id"),
            clientID: clientID, uid: uid, amount: try WireField.money(amount, currency),
            lines: try BillLineWire.lines(lines, currency: currency))
    }
}

/// The body and the response of `PUT /v1/documents/{document_id}/items`.
package struct ReceiptDocumentWire: Codable, Hashable, Sendable {
    package var documentID: String
    package var edaOrderID: String
    package var kind: ReceiptDocument.Kind
    package var sellerName: String
    package var amount: String
    /// Omitted when nothing is prepaid.
    package var prepaid: String?
    package var currency: String
    package var lines: [BillLineWire]

    enum CodingKeys: String, CodingKey {
        case documentID = "document_id"
        case edaOrderID = "eda_order_id"
        case sellerName = "seller_name"
        case kind, amount, prepaid, currency, lines
    }

    package init(_ document: ReceiptDocument) {
        documentID = document.documentID
        edaOrderID = document.edaOrderID
        kind = document.kind
        sellerName = document.sellerName
        amount = document.amount.decimal
        prepaid = document.prepaid.isZero ? nil : document.prepaid.decimal
        currency = document.amount.currency.code
        lines = document.lines.map(BillLineWire.init)
    }

    package func document() throws(FieldError) -> ReceiptDocument {
        ReceiptDocument(
            documentID: documentID, edaOrderID: try WireField.identifier(edaOrderID, "eda_order_id"), kind: kind,
            sellerName: sellerName, amount: try WireField.money(amount, currency),
            prepaid: try WireField.money(prepaid ?? "0", currency, "prepaid"),
            lines: try BillLineWire.lines(lines, currency: currency))
    }
}
