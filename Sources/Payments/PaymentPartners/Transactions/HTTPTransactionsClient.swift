package import HTTPKit
import JSONKit
package import PaymentCore

/// Transactions over HTTP.
///
/// - ``createInvoice(_:)``: `PUT /v1/invoices/{invoice_id}`: ``InvoiceRequestWire``, answered by ``InvoiceWire``
/// - ``start(_:)``: `PUT /v1/invoices/{invoice_id}/operations/{number}`: ``OperationRequestWire`` → ``OperationWire``
/// - ``void(invoiceID:hold:)``: `POST /v1/invoices/{invoice_id}/operations/{number}/void`: `{}` → ``OperationWire``
/// - ``invoice(id:)``: `GET /v1/invoices/{invoice_id}`: ``InvoiceWire``, or 404
package struct HTTPTransactionsClient: TransactionsClient {
    private let call: PartnerCall

    package init(endpoint: PartnerEndpoint, transport: any HTTPTransport) {
        call = PartnerCall(partner: .transactions, endpoint: endpoint, transport: transport)
    }

    package func createInvoice(_ invoice: InvoiceRequest) async throws {
        let action = "PUT /v1/invoices/\(invoice.invoiceID)"
        let answer = try await call.perform(
            "PUT", ["v1", "invoices", invoice.invoiceID], sending: InvoiceRequestWire(invoice),
            key: invoice.invoiceID, answer: InvoiceWire.self)
        let amount = try call.convert(action) { () throws(FieldError) in
            try WireField.money(answer.amount, answer.currency)
        }
        try call.confirm(
            answer.invoiceID == invoice.invoiceID && answer.orderID == invoice.orderID && answer.uid == invoice.uid
                && amount == invoice.amount, action)
    }

    package func start(_ request: OperationRequest) async throws -> PaymentOperation {
        let path = Self.path(request.invoiceID, request.number)
        let action = "PUT \(URLPath.encode(path))"
        let answer = try await call.perform(
            "PUT", path, sending: OperationRequestWire(request), key: "\(request.invoiceID):\(request.number)",
            answer: OperationWire.self)
        let operation = try call.convert(action) { () throws(FieldError) in try answer.operation() }
        try call.confirm(operation.number == request.number && operation.kind == request.kind, action)
        try call.agree(
            operation.amount == request.amount, action,
            "\(request.kind.rawValue) \(request.number) of \(request.amount) was answered with \(operation.amount)")
        return operation
    }

    package func void(invoiceID: String, hold number: Int) async throws -> PaymentOperation {
        let path = Self.path(invoiceID, number) + ["void"]
        let action = "POST \(URLPath.encode(path))"
        let answer = try await call.perform(
            "POST", path, sending: [String: String](), key: "\(invoiceID):\(number):void", answer: OperationWire.self)
        let operation = try call.convert(action) { () throws(FieldError) in try answer.operation() }
        try call.confirm(operation.number == number && operation.kind == .hold, action)
        return operation
    }

    package func invoice(id: String) async throws -> Invoice? {
        let action = "GET /v1/invoices/\(id)"
        guard let answer = try await call.fetch(InvoiceWire.self, ["v1", "invoices", id]) else { return nil }
        let invoice = try call.convert(action) { () throws(FieldError) in try answer.invoice() }
        try call.confirm(invoice.invoiceID == id, action)
        return invoice
    }

    private static func path(_ invoiceID: String, _ number: Int) -> [String] {
        ["v1", "invoices", invoiceID, "operations", String(number)]
    }
}
