import PaymentCore
package import PaymentPartners
package import WorldKit

/// Eda's rules: orders under the given ids, and a fiscal receipt some time after the items arrived.
package struct EdaModel: Hashable, Codable, Sendable {
    package struct Document: Hashable, Codable, Sendable {
        var items: ReceiptDocumentWire
        /// Microseconds since 1970.
        var pushedAt: Int64

        enum CodingKeys: String, CodingKey {
            case items
            case pushedAt = "pushed_at"
        }
    }

    package var orders: RecordTable<EdaOrderWire>
    package var documents: RecordTable<Document>
    /// How long the register takes to issue a receipt.
    package let receiptDelaySeconds: Double

    package init(
        orders: [String: EdaOrderWire] = [:], documents: [String: Document] = [:], receiptDelaySeconds: Double = 1
    ) {
        self.orders = RecordTable(orders)
        self.documents = RecordTable(documents)
        self.receiptDelaySeconds = receiptDelaySeconds
    }

    /// Creates the order, or confirms the one with that id.
    package mutating func createOrder(_ order: EdaOrder) throws(PartnerRefusal) {
        let new = EdaOrderWire(order)
        if let known = orders[order.edaOrderID] {
            guard known == new else { throw .keyReused("order \(order.edaOrderID)") }
        } else {
            orders[order.edaOrderID] = new
        }
    }

    /// Accepts the items of a receipt, or confirms that it has them.
    ///
    /// The document must be `<eda_order_id>-<version>` of an existing order; version 1 is the payment, later ones are
    /// refunds.
    package mutating func pushItems(_ document: ReceiptDocument, now: Instant) throws(PartnerRefusal) {
        let new = ReceiptDocumentWire(document)
        if let known = documents[document.documentID] {
            guard known.items == new else { throw .keyReused("document \(document.documentID)") }
            return
        }
        guard orders[document.edaOrderID] != nil else {
            throw PartnerRefusal(409, "unknown_order", "order not found")
        }
        guard let version = Self.version(of: document), (version == 1) == (document.kind == .payment) else {
            throw PartnerRefusal(400, "bad_document_id", "not <eda_order_id>-<version> of a \(document.kind)")
        }
        guard FiscalReceipt(of: document, at: now) != nil else {
            throw PartnerRefusal(422, "bad_amount", "not an amount that a register can print")
        }
        documents[document.documentID] = Document(items: new, pushedAt: now.microseconds)
    }

    /// The receipt; nil while it is being issued, or when the document does not exist.
    package func receipt(documentID: String, now: Instant) -> FiscalReceipt? {
        guard let document = documents[documentID], let items = try? document.items.document() else { return nil }
        let pushedAt = Instant(microseconds: document.pushedAt)
        guard now.seconds(since: pushedAt) >= receiptDelaySeconds else { return nil }
        return FiscalReceipt(of: items, at: pushedAt)
    }

    private static func version(of document: ReceiptDocument) -> Int? {
        let prefix = "\(document.edaOrderID)-"
        guard document.documentID.hasPrefix(prefix) else { return nil }
        let text = document.documentID.dropFirst(prefix.count)
        return Int(text).flatMap { $0 >= 1 && String($0) == text ? $0 : nil }
    }
}
