package import HTTPKit
import JSONKit

/// Eda over HTTP.
///
/// | call | route |
/// | --- | --- |
/// | ``createOrder(_:)`` | `PUT /v1/orders/{eda_order_id}`, ``EdaOrderWire`` there and back |
/// | ``pushItems(_:)`` | `PUT /v1/documents/{document_id}/items`, ``ReceiptDocumentWire`` there and back |
/// | ``receipt(documentID:)`` | `GET /v1/documents/{document_id}/receipt`, 404 until the receipt exists |
package struct HTTPEdaClient: EdaClient {
    private let call: PartnerCall

    package init(endpoint: PartnerEndpoint, transport: any HTTPTransport) {
        call = PartnerCall(partner: .eda, endpoint: endpoint, transport: transport)
    }

    package func createOrder(_ order: EdaOrder) async throws {
        let action = "PUT /v1/orders/\(order.edaOrderID)"
        let answer = try await call.perform(
            "PUT", ["v1", "orders", order.edaOrderID], sending: EdaOrderWire(order), key: order.edaOrderID,
            answer: EdaOrderWire.self)
        let created = try call.convert(action) { () throws(FieldError) in try answer.order() }
        try call.confirm(
            created.edaOrderID == order.edaOrderID && created.orderID == order.orderID && created.uid == order.uid
                && created.amount == order.amount, action)
    }

    package func pushItems(_ document: ReceiptDocument) async throws {
        let action = "PUT /v1/documents/\(document.documentID)/items"
        let answer = try await call.perform(
            "PUT", ["v1", "documents", document.documentID, "items"], sending: ReceiptDocumentWire(document),
            key: document.documentID, answer: ReceiptDocumentWire.self)
        let kept = try call.convert(action) { () throws(FieldError) in try answer.document() }
        try call.confirm(
            kept.documentID == document.documentID && kept.edaOrderID == document.edaOrderID
                && kept.kind == document.kind && kept.amount == document.amount && kept.prepaid == document.prepaid,
            action)
    }

    package func receipt(documentID: String) async throws -> [UInt8]? {
        var request = PartnerCall.Request(path: ["v1", "documents", documentID, "receipt"])
        request.headers["Accept"] = "application/json"
        do {
            let body = try await call.exchange(request).body
            _ = try call.convert(request.action) { () throws(FieldError) in
                try JSON.message(AnyJSONObject.self, from: body)
            }
            return body
        } catch let error as PartnerError where error.isNotFound {
            return nil
        }
    }
}

/// Any JSON object, not interpreted here.
private struct AnyJSONObject: Decodable {
    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: AnyKey.self) }
}
