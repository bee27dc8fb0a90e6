package import JSONKit
package import PaymentCore

/// The body of `PUT /v1/invoices/{invoice_id}`.
package struct InvoiceRequestWire: Codable, Hashable, Sendable {
    package var invoiceID: String
    package var orderID: String
    package var uid: String
    package var amount: String
    package var currency: String
    package var callbackURL: String?

    enum CodingKeys: String, CodingKey {
        case invoiceID = "invoice_id"
        case orderID = "order_id"
        case callbackURL = "callback_url"
        case uid, amount, currency
    }

    package init(_ request: InvoiceRequest) {
        invoiceID = request.invoiceID
        orderID = request.orderID
        uid = request.uid
        amount = request.amount.decimal
        currency = request.amount.currency.code
        callbackURL = request.callbackURL
    }

    package func request() throws(FieldError) -> InvoiceRequest {
        InvoiceRequest(
            invoiceID: try WireField.identifier(invoiceID, "invoice_id"),
            orderID: try WireField.identifier(orderID, "order_id"), uid: uid,
            amount: try WireField.money(amount, currency), callbackURL: callbackURL)
    }
}

/// The body of `PUT /v1/invoices/{invoice_id}/operations/{number}`.
package struct OperationRequestWire: Codable, Hashable, Sendable {
    package var kind: PaymentOperation.Kind
    package var amount: String
    package var currency: String
    /// Only for a hold.
    package var paymentMethodID: String?

    enum CodingKeys: String, CodingKey {
        case kind, amount, currency
        case paymentMethodID = "payment_method_id"
    }

    package init(_ request: OperationRequest) {
        kind = request.kind
        paymentMethodID = request.paymentMethodID
        amount = request.amount.decimal
        currency = request.amount.currency.code
    }

    package func request(invoiceID: String, number: Int) throws(FieldError) -> OperationRequest {
        OperationRequest(
            invoiceID: invoiceID, number: number, kind: kind, amount: try WireField.money(amount, currency),
            paymentMethodID: paymentMethodID)
    }
}

/// One operation, as part of an invoice, a response or a callback.
package struct OperationWire: Codable, Hashable, Sendable {
    package var number: Int
    package var kind: PaymentOperation.Kind
    package var amount: String
    package var currency: String
    package var status: PaymentOperation.Status
    package var reason: String?

    package init(_ operation: PaymentOperation) {
        number = operation.number
        kind = operation.kind
        amount = operation.amount.decimal
        currency = operation.amount.currency.code
        status = operation.status
        reason = operation.reason
    }

    package func operation() throws(FieldError) -> PaymentOperation {
        guard number >= 1 else { throw FieldError(field: "number", problem: "below 1") }
        let money = try WireField.money(amount, currency)
        guard !money.isNegative else { throw FieldError(field: "amount", problem: "negative") }
        guard (reason ?? "").utf8.count <= 200 else { throw FieldError(field: "reason", problem: "too long") }
        return PaymentOperation(number: number, kind: kind, amount: money, status: status, reason: reason)
    }
}

/// The response of `GET` and `PUT /v1/invoices/{invoice_id}`.
package struct InvoiceWire: Codable, Hashable, Sendable {
    package var invoiceID: String
    package var orderID: String
    package var uid: String
    package var currency: String
    package var amount: String
    package var held: String
    package var captured: String
    package var refunded: String
    package var operations: [OperationWire]

    enum CodingKeys: String, CodingKey {
        case invoiceID = "invoice_id"
        case orderID = "order_id"
        case uid, currency, amount, held, captured, refunded, operations
    }

    package init(_ invoice: Invoice, amount: Money) {
        invoiceID = invoice.invoiceID
        orderID = invoice.orderID
        uid = invoice.uid
        currency = amount.currency.code
        self.amount = amount.decimal
        held = invoice.held.decimal
        captured = invoice.captured.decimal
        refunded = invoice.refunded.decimal
        operations = invoice.operations.map(OperationWire.init)
    }

    /// - Throws: ``FieldError``, also when two operations share a number.
    package func invoice() throws(FieldError) -> Invoice {
        var known: [PaymentOperation] = []
        for wire in operations { known.append(try wire.operation()) }
        guard Set(known.map(\.number)).count == known.count else {
            throw FieldError(field: "operations.number", problem: "not unique")
        }
        return Invoice(
            invoiceID: try WireField.identifier(invoiceID, "invoice_id"),
            orderID: try WireField.identifier(orderID, "order_id"), uid: uid,
            held: try WireField.money(held, currency, "held"),
            captured: try WireField.money(captured, currency, "captured"),
            refunded: try WireField.money(refunded, currency, "refunded"),
            operations: known.sorted { $0.number < $1.number })
    }
}
