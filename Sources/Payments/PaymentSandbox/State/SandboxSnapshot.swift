import EncodingKit
import PaymentCore
package import PaymentPartners
import SigningKit
import WorldKit

/// The state of all partners, as returned by `GET /sandbox/state`: what invariants are checked against.
package struct SandboxSnapshot: Codable, Hashable, Sendable {
    package struct Document: Codable, Hashable, Sendable {
        package var items: ReceiptDocumentWire
        package var pushedAt: String

        enum CodingKeys: String, CodingKey {
            case items
            case pushedAt = "pushed_at"
        }
    }

    package struct Object: Codable, Hashable, Sendable {
        package var key: String
        package var contentType: String
        package var size: Int
        package var sha256: String

        enum CodingKeys: String, CodingKey {
            case contentType = "content_type"
            case key, size, sha256
        }
    }

    /// By id, like all of these lists.
    package var edaOrders: [EdaOrderWire]
    package var edaDocuments: [Document]
    /// Without those of which only voids arrived.
    package var invoices: [InvoiceWire]
    /// Oldest first.
    package var cashbackEntries: [CashbackRowWire]
    package var objects: [Object]
    package var faults: [FaultPlan.Entry]

    enum CodingKeys: String, CodingKey {
        case edaOrders = "eda_orders"
        case edaDocuments = "eda_documents"
        case cashbackEntries = "cashback_entries"
        case invoices, objects, faults
    }

    init(_ models: PartnerModels, faults: [FaultPlan.Entry]) {
        edaOrders = models.eda.orders.values.sorted { $0.edaOrderID < $1.edaOrderID }
        edaDocuments = models.eda.documents.values.sorted { $0.items.documentID < $1.items.documentID }.map {
            Document(items: $0.items, pushedAt: Instant(microseconds: $0.pushedAt).rfc3339)
        }
        invoices = models.transactions.invoices.ids.sorted().compactMap { models.transactions.wire(invoiceID: $0) }
        cashbackEntries = models.cashback.page(orderID: nil, since: nil, until: nil, cursor: nil, limit: .max).entries
        objects = models.objects.objects.ids.sorted().compactMap { key in
            models.objects.objects[key].map { object in
                Object(
                    key: key, contentType: object.contentType, size: object.body.count,
                    sha256: Hex.encode(SHA256.digest(Array(object.body))))
            }
        }
        self.faults = faults
    }
}

extension TransactionsModel {
    /// Nil while the invoice itself has not arrived.
    func wire(invoiceID: String) -> InvoiceWire? {
        guard let record = invoices[invoiceID], let amount = record.amount, let invoice = record.invoice(id: invoiceID)
        else { return nil }
        return InvoiceWire(invoice, amount: amount)
    }
}
