import HTTPKit
import PaymentPartners

extension SandboxRouter {
    /// Eda, as used by ``HTTPEdaClient``.
    mutating func addEda(_ state: SandboxState) {
        on("PUT", "/eda/v1/orders/{eda_order_id}") { call in
            let order = try call.json(EdaOrderWire.self).order()
            try call.confirm(order.edaOrderID, is: call.path["eda_order_id"], "eda_order_id")
            try await state.perform { models, _ in try models.eda.createOrder(order) }
            return try .json(EdaOrderWire(order))
        }
        on("PUT", "/eda/v1/documents/{document_id}/items") { call in
            let document = try call.json(ReceiptDocumentWire.self).document()
            try call.confirm(document.documentID, is: call.path["document_id"], "document_id")
            try await state.perform { models, now in try models.eda.pushItems(document, now: now) }
            return try .json(ReceiptDocumentWire(document))
        }
        on("GET", "/eda/v1/documents/{document_id}/receipt") { call in
            let documentID = call.path["document_id"]
            let receipt = try await state.perform { models, now in
                models.eda.receipt(documentID: documentID, now: now)
            }
            guard let receipt else {
                throw PartnerRefusal(404, "no_receipt", "the receipt of this document is not issued yet")
            }
            return try .json(receipt)
        }
    }
}
