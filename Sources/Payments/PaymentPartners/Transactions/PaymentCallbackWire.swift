package import JSONKit
package import PaymentCore

/// What transactions POSTs to an invoice's `callback_url` when an operation changed:
/// `{"event_id", "invoice_id", "operation": {"number", "kind", "amount", "currency", "status", "reason"}}`.
///
/// Any 2xx acknowledges it; after anything else the same report is sent again.
package struct PaymentCallbackWire: Codable, Hashable, Sendable {
    package var eventID: String
    package var invoiceID: String
    package var operation: OperationWire

    enum CodingKeys: String, CodingKey {
        case eventID = "event_id"
        case invoiceID = "invoice_id"
        case operation
    }

    package init(_ callback: PaymentCallback) {
        eventID = callback.eventID
        invoiceID = callback.invoiceID
        operation = OperationWire(callback.operation)
    }

    package func callback() throws(FieldError) -> PaymentCallback {
        guard (1...200).contains(eventID.utf8.count) else {
            throw FieldError(field: "event_id", problem: "empty or too long")
        }
        return PaymentCallback(
            eventID: eventID, invoiceID: try WireField.identifier(invoiceID, "invoice_id"),
            operation: try operation.operation())
    }
}

extension PaymentCallback {
    /// Reads a callback's body.
    /// - Throws: ``FieldError`` with the field that is missing or wrong.
    package init(json body: [UInt8]) throws(FieldError) {
        self = try JSON.message(PaymentCallbackWire.self, from: body).callback()
    }

    /// The body that reports this.
    package func json() throws(FieldError) -> [UInt8] { try JSON.message(PaymentCallbackWire(self)) }
}
