import HTTPKit
import PaymentPartners

/// Eda, as used by ``HTTPEdaClient``.
enum EdaRoutes {
    static func all(_ state: SandboxState) -> [Route] {
        [
            Route(
                "PUT", "/eda/v1/orders/{eda_order_id}", operation: "createEdaOrder",
                SandboxRoute.text("eda_order_id"), SandboxRoute.json(EdaOrderWire.self),
                output: .json(EdaOrderWire.self), failures: [409]
            ) { id, wire in
                let order = try wire.order()
                try SandboxRoute.confirm(order.edaOrderID, is: id, "eda_order_id")
                try await state.perform { models, _ in try models.eda.createOrder(order) }
                return Reply(EdaOrderWire(order))
            },
            Route(
                "PUT", "/eda/v1/documents/{document_id}/items", operation: "pushItems",
                SandboxRoute.text("document_id"), SandboxRoute.json(ReceiptDocumentWire.self),
                output: .json(ReceiptDocumentWire.self), failures: [404, 409]
            ) { id, wire in
                let document = try wire.document()
                try SandboxRoute.confirm(document.documentID, is: id, "document_id")
                try await state.perform { models, now in try models.eda.pushItems(document, now: now) }
                return Reply(ReceiptDocumentWire(document))
            },
            Route(
                "GET", "/eda/v1/documents/{document_id}/receipt", operation: "getReceipt",
                SandboxRoute.text("document_id"), output: .json(FiscalReceipt.self), failures: [404]
            ) { id in
                let receipt = try await state.perform { models, now in models.eda.receipt(documentID: id, now: now) }
                guard let receipt else {
                    throw PartnerRefusal(404, "no_receipt", "the receipt of this document is not issued yet")
                }
                return Reply(receipt)
            },
        ]
    }
}
