import PaymentCore
import PaymentPartners
import QueueKit

/// Comparing what a partner says with the invoice and with what was requested.
extension Settlement {
    /// Examines the invoice because of a report that cannot be applied as it is: what the invoice shows is applied
    /// where it decides what we wait for, and is a contradiction where it differs from what we know.
    func compare(_ job: SettleJob) async throws -> TaskOutcome {
        let known = try await knownOperation(job)
        let check = try await check(job)
        // What changed meanwhile is compared next time.
        guard try await knownOperation(job) == known else { return .notYet("the operation changed meanwhile") }
        guard let shown = check.invoice?.operations.first(where: { $0.number == job.number }) else {
            guard let known, known.status != .pending, let contradiction = check.contradiction(to: known) else {
                return .done
            }
            throw self.contradiction(job, contradiction)
        }
        guard let known else {
            throw contradiction(
                job, "\(shown.kind.rawValue) \(shown.number) of \(shown.amount) was never requested by us")
        }
        guard shown.status.isFinal else { return .notYet("operation \(job.number) is not decided") }
        if let contradiction = check.contradiction(to: known.status.isFinal ? known : shown) {
            throw self.contradiction(job, contradiction)
        }
        if !known.status.isFinal {
            try await payments.apply(shown, invoiceID: job.invoiceID, isConfirmed: true)
        }
        return .done
    }

    /// An outcome without success, or of a void, once the invoice does not contradict it.
    /// - Throws: ``PartnerError`` `contradiction`.
    func confirmed(_ operation: PaymentOperation, of job: SettleJob) async throws -> PaymentOperation {
        if operation.kind != .hold, operation.status == .succeeded { return operation }
        if let contradiction = try await check(job).contradiction(to: operation) {
            throw self.contradiction(job, contradiction)
        }
        return operation
    }

    func check(_ job: SettleJob) async throws -> InvoiceCheck {
        let invoice = try await services.partners.transactions.invoice(id: job.invoiceID)
        let records = try await services.store.read { try $0.operations.operations(orderID: job.orderID) }
        return InvoiceCheck(
            invoiceID: job.invoiceID, invoice: invoice, records: records.filter { $0.invoiceID == job.invoiceID })
    }

    func contradiction(_ job: SettleJob, _ message: String) -> PartnerError {
        PartnerError(
            partner: .transactions, code: .contradiction, action: "invoice \(job.invoiceID)", message: message)
    }
}
