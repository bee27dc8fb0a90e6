import PaymentCore
import PaymentPartners

/// What transactions reports of an operation, compared with its invoice and with what we requested.
///
/// The visible amounts of an invoice are those of operations we requested: every request is recorded first, so anything
/// beyond cannot be ours.
struct InvoiceCheck {
    let invoiceID: String
    /// Nil when transactions has no invoice with that id.
    let invoice: Invoice?
    /// Our operations on this invoice, read after ``invoice``.
    let records: [OperationRecord]

    /// Why an outcome cannot be trusted; nil when nothing contradicts it.
    func contradiction(to operation: PaymentOperation) -> String? {
        guard let invoice else { return contradictionWithoutInvoice(to: operation) }
        return contradiction(to: operation, in: invoice) ?? excess(of: invoice, besides: operation)
    }

    /// A hold that never arrived can be voided, and its invoice need not exist.
    private func contradictionWithoutInvoice(to operation: PaymentOperation) -> String? {
        let isMissed = operation.kind != .hold || operation.status == .succeeded || sum(.hold, .succeeded) > 0
        return isMissed ? "\(operation.outcome), and transactions knows no invoice \(invoiceID)" : nil
    }

    /// Compares the outcome with the same operation of the invoice.
    private func contradiction(to operation: PaymentOperation, in invoice: Invoice) -> String? {
        let known = records.first { $0.operation.number == operation.number }?.operation
        if let known, known.kind == operation.kind, !operation.isOf(known.amount) {
            return "\(known.text) was requested, and \(operation.outcome)"
        }
        if let known, known.status.isFinal, operation.kind != .hold, known.status != operation.status {
            return "\(operation.outcome), and was \(known.status.rawValue) before"
        }
        guard let shown = invoice.operations.first(where: { $0.number == operation.number }) else {
            // An operation without effect need not be listed.
            return operation.status == .succeeded
                ? "\(operation.outcome), and invoice \(invoiceID) does not show it" : nil
        }
        let isSame = shown.kind == operation.kind && (operation.isOf(shown.amount) || shown.isOf(operation.amount))
        guard isSame, operation.status.mayBecome(shown.status, shown.kind) else {
            return "\(operation.outcome), and invoice \(invoiceID) shows that \(shown.outcome)"
        }
        return nil
    }

    /// What the invoice has beyond what we requested.
    /// - Parameter operation: one that is decided, whatever our record of it says.
    private func excess(of invoice: Invoice, besides operation: PaymentOperation) -> String? {
        func limit(_ kind: PaymentOperation.Kind) -> Int64 {
            let isOver = operation.kind == kind && operation.status != .succeeded
            return sum(kind, .succeeded) + sum(kind, .pending, without: isOver ? operation.number : nil)
        }
        let amounts = [invoice.held, invoice.captured, invoice.refunded]
        if let currency = records.first?.operation.amount.currency, amounts.contains(where: { $0.currency != currency })
        {
            return "invoice \(invoiceID) is in \(invoice.captured.currency.code), the order in \(currency.code)"
        }
        if amounts.contains(where: \.isNegative) || invoice.refunded.minorUnits > invoice.captured.minorUnits {
            return "invoice \(invoiceID) shows \(invoice.held) held, \(invoice.captured) captured and "
                + "\(invoice.refunded) refunded"
        }
        let shown: [(word: String, amount: Money, kind: PaymentOperation.Kind)] = [
            ("captured", invoice.captured, .clear), ("refunded", invoice.refunded, .refund),
        ]
        for (word, amount, kind) in shown where amount.minorUnits > limit(kind) {
            let ours = Money(minorUnits: limit(kind), currency: amount.currency)
            return "\(operation.outcome), and invoice \(invoiceID) shows \(amount) \(word), where we know of \(ours)"
        }
        return nil
    }

    private func sum(
        _ kind: PaymentOperation.Kind, _ status: PaymentOperation.Status, without number: Int? = nil
    ) -> Int64 {
        records.map(\.operation).filter { $0.kind == kind && $0.status == status && $0.number != number }
            .reduce(0) { sum, operation in
                let (total, overflow) = sum.addingReportingOverflow(operation.amount.minorUnits)
                return overflow ? .max : total
            }
    }
}

extension PaymentOperation {
    /// `"clear 2 of 1240.00 RUB"`.
    fileprivate var text: String { "\(kind.rawValue) \(number) of \(amount)" }

    /// `"clear 2 of 1240.00 RUB is failed"`.
    fileprivate var outcome: String { "\(text) is \(status.rawValue)" }

    /// Whether it has that amount; transactions knows no amount for a hold that was voided before it arrived.
    fileprivate func isOf(_ amount: Money) -> Bool {
        self.amount == amount || (kind == .hold && status == .voided && self.amount.isZero)
    }
}

extension PaymentOperation.Status {
    /// Whether an operation in this status may move to the other one at any moment: a succeeded hold may be released.
    fileprivate func mayBecome(_ later: PaymentOperation.Status, _ kind: PaymentOperation.Kind) -> Bool {
        self == later || (kind == .hold && self == .succeeded && (later == .voided || later == .lapsed))
    }
}
