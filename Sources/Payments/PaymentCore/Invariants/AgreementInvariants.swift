import EncodingKit

/// Compares our side with the partners'.
extension OrderSides {
    func guessedOutcomes() -> [String] {
        statusesWithoutOutcome() + ours.operations.compactMap(guess)
    }

    /// An order that failed without a failed operation, or that waits for a decided one.
    private func statusesWithoutOutcome() -> [String] {
        let current = operation(order.edaOrderID, order.operation)?.operation
        let isRight =
            switch order.status {
            case .pending, .canceled, .expired: true
            case .holding: current?.kind == .hold && current?.status == .pending
            case .held: current?.kind == .clear && current?.status == .pending
            case .holdFailed: current?.kind == .hold && current?.status.isFailure == true
            case .clearFailed: current?.kind == .clear && current?.status.isFailure == true
            case .cleared, .refunded: current?.kind == .clear && current?.status == .succeeded
            }
        if isRight { return [] }
        let operation =
            current.map { "\($0.text) is \($0.status.rawValue)" } ?? "there is no operation \(order.operation)"
        return ["\(order.status.rawValue), but \(operation)"]
    }

    /// An outcome that we recorded and transactions does not confirm.
    private func guess(_ record: OperationRecord) -> String? {
        guard let invoices, record.operation.status.isFinal else { return nil }
        let known = record.operation
        guard let invoice = invoices.first(where: { $0.invoiceID == record.invoiceID }) else {
            // For an invoice that never arrived only voids can be confirmed, and they are not listed.
            return known.status == .voided
                ? nil : "\(known.text) is \(known.status.rawValue), transactions has no invoice \(record.invoiceID)"
        }
        let real = invoice.operations.first { $0.number == known.number }
        // A refused refund is not stored anywhere.
        if real == nil, known.kind == .refund, known.status == .failed { return nil }
        if let real, real.kind == known.kind, known.status.mayStandFor(real) { return nil }
        return "\(known.text) on invoice \(record.invoiceID) is \(known.status.rawValue), at transactions it is "
            + (real.map { "\($0.text), \($0.status.rawValue)" } ?? "unknown")
    }

    func unknownHoldings() -> [String] {
        let operations = (invoices ?? []).flatMap { invoice in
            invoice.operations.filter { operation(invoice.invoiceID, $0.number)?.operation.kind != $0.kind }.map {
                "transactions has \($0.text) on invoice \(invoice.invoiceID), which we never asked for"
            }
        }
        let entries = (ledger ?? []).map(\.entry).filter { !(ours.cashback + ours.corrections).contains($0) }.map {
            "the cashback service has \($0.text) under \($0.key), which we never asked for"
        }
        return operations + entries
    }

    func unfinished() -> [String] {
        let order = order.status.isMoving ? ["still \(order.status.rawValue)"] : []
        return order
            + ours.operations.filter { !$0.operation.status.isFinal }.map {
                "\($0.operation.text) on invoice \($0.invoiceID) is not decided"
            }
    }

    func disagreements() -> [String] {
        amountsApart() + outcomesApart() + entriesMissing()
    }

    private func amountsApart() -> [String] {
        guard let invoices else { return [] }
        let pairs = [
            ("taken", order.capturedAmount, "captured", invoices.reduce(Int64(0)) { $0.plus($1.captured.minorUnits) }),
            ("given back", order.refunded, "refunded", invoices.reduce(Int64(0)) { $0.plus($1.refunded.minorUnits) }),
        ]
        return pairs.filter { $1.minorUnits != $3 }.map { ours, amount, theirs, units in
            "we have \(amount) \(ours), transactions \(money(units)) \(theirs)"
        }
    }

    private func outcomesApart() -> [String] {
        ours.operations.compactMap { record in
            guard let invoice = invoices?.first(where: { $0.invoiceID == record.invoiceID }),
                let real = invoice.operations.first(where: { $0.number == record.operation.number }),
                real.status != record.operation.status
            else { return nil }
            return "\(record.operation.text) on invoice \(record.invoiceID) is \(record.operation.status.rawValue), "
                + "at transactions \(real.status.rawValue)"
        }
    }

    private func entriesMissing() -> [String] {
        guard let ledger else { return [] }
        let entries = Set(ledger.map(\.entry))
        return (ours.cashback + ours.corrections).filter { !entries.contains($0) }.map {
            "the cashback service has not got \($0.text) under \($0.key)"
        }
    }
}

extension PaymentOperation.Status {
    var isFailure: Bool { isFinal && self != .succeeded }

    /// Whether our state may precede the payment system's: a succeeded hold may since have been voided or lapsed; every
    /// other final status stays as it is.
    fileprivate func mayStandFor(_ real: PaymentOperation) -> Bool {
        self == real.status
            || (self == .succeeded && real.kind == .hold && (real.status == .voided || real.status == .lapsed))
    }
}
