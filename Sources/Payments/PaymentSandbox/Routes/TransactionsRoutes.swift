import HTTPKit
import PaymentCore
import PaymentPartners

/// Transactions, as used by ``HTTPTransactionsClient``.
enum TransactionsRoutes {
    static func all(_ state: SandboxState) -> [Route] { invoices(state) + operations(state) }

    private static func invoices(_ state: SandboxState) -> [Route] {
        [
            Route(
                "PUT", "/transactions/v1/invoices/{invoice_id}", operation: "createInvoice",
                SandboxRoute.text("invoice_id"), SandboxRoute.json(InvoiceRequestWire.self),
                output: .json(InvoiceWire.self), failures: [409]
            ) { id, wire in
                let request = try wire.request()
                try SandboxRoute.confirm(request.invoiceID, is: id, "invoice_id")
                return Reply(
                    try await state.transact { model, _ in
                        (InvoiceWire(try model.createInvoice(request), amount: request.amount), [])
                    })
            },
            Route(
                "GET", "/transactions/v1/invoices/{invoice_id}", operation: "getInvoice",
                SandboxRoute.text("invoice_id"), output: .json(InvoiceWire.self), failures: [404]
            ) { id in
                guard let invoice = try await state.transact({ model, _ in (model.wire(invoiceID: id), []) }) else {
                    throw PartnerRefusal(404, "unknown_invoice", "invoice not found")
                }
                return Reply(invoice)
            },
        ]
    }

    private static func operations(_ state: SandboxState) -> [Route] {
        [
            Route(
                "PUT", "/transactions/v1/invoices/{invoice_id}/operations/{number}", operation: "startOperation",
                SandboxRoute.identifier("invoice_id"), SandboxRoute.number("number"),
                SandboxRoute.json(OperationRequestWire.self), output: .json(OperationWire.self),
                failures: [404, 409, 422]
            ) { id, number, wire in
                let request = try wire.request(invoiceID: id, number: number)
                let outcome = try await state.transact { model, now in
                    let outcome = try model.start(request, now: now)
                    return (outcome, outcome.callbacks)
                }
                guard !outcome.isAnswerLost else { throw LostAnswer() }
                return Reply(OperationWire(outcome.operation))
            },
            Route(
                "POST", "/transactions/v1/invoices/{invoice_id}/operations/{number}/void", operation: "voidHold",
                SandboxRoute.identifier("invoice_id"), SandboxRoute.number("number"),
                output: .json(OperationWire.self), failures: [404, 409]
            ) { id, number in
                let outcome = try await state.transact { model, _ in
                    let outcome = try model.void(invoiceID: id, hold: number)
                    return (outcome, outcome.callbacks)
                }
                return Reply(OperationWire(outcome.operation))
            },
        ]
    }
}
