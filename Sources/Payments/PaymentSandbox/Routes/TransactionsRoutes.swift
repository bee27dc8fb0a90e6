import HTTPKit
import PaymentCore
import PaymentPartners

extension SandboxRouter {
    /// Transactions, as used by ``HTTPTransactionsClient``.
    mutating func addTransactions(_ state: SandboxState) {
        on("PUT", "/transactions/v1/invoices/{invoice_id}") { call in
            let request = try call.json(InvoiceRequestWire.self).request()
            try call.confirm(request.invoiceID, is: call.path["invoice_id"], "invoice_id")
            return try await .json(
                state.transact { model, _ in
                    (InvoiceWire(try model.createInvoice(request), amount: request.amount), [])
                })
        }
        on("GET", "/transactions/v1/invoices/{invoice_id}") { call in
            let id = call.path["invoice_id"]
            guard let invoice = try await state.transact({ model, _ in (model.wire(invoiceID: id), []) }) else {
                throw PartnerRefusal(404, "unknown_invoice", "invoice not found")
            }
            return try .json(invoice)
        }
        on("PUT", "/transactions/v1/invoices/{invoice_id}/operations/{number}") { call in
            let request = try call.json(OperationRequestWire.self)
                .request(invoiceID: try call.identifier("invoice_id"), number: try call.number("number"))
            let outcome = try await state.transact { model, now in
                let outcome = try model.start(request, now: now)
                return (outcome, outcome.callbacks)
            }
            return outcome.isAnswerLost ? .reset : try .json(OperationWire(outcome.operation))
        }
        on("POST", "/transactions/v1/invoices/{invoice_id}/operations/{number}/void") { call in
            let (id, number) = (try call.identifier("invoice_id"), try call.number("number"))
            let outcome = try await state.transact { model, _ in
                let outcome = try model.void(invoiceID: id, hold: number)
                return (outcome, outcome.callbacks)
            }
            return try .json(OperationWire(outcome.operation))
        }
    }
}
