package import PaymentCore
package import PaymentPartners
package import WorldKit

/// The payment system's rules, without HTTP, clock or randomness.
/// - An invoice or operation repeated with the same content is answered with its current state, with other content it
///   is `key_reused`.
/// - held + captured never exceed the invoice, refunds (including pending ones) never what was captured, and a hold is
///   captured at most once.
/// - A hold must carry a higher number than everything before it: one that was overtaken is always refused.
/// - A void of a hold that never arrived is recorded: when the hold does arrive, it is voided already.
package struct TransactionsModel: Hashable, Codable, Sendable {
    /// The result of starting or canceling an operation.
    package struct Outcome: Hashable, Sendable {
        package var operation: PaymentOperation
        /// What is to be reported to the invoice's callback URL, in order.
        package var callbacks: [PaymentCallback] = []
        /// The effect happened, but the caller must not receive the response (``Card/lost``).
        package var isAnswerLost = false
    }

    package var invoices: RecordTable<InvoiceRecord>
    /// How long an operation of ``Card/slow`` stays pending.
    package let slowSeconds: Double
    /// The invoices with operations that will succeed on their own.
    private var waiting: Set<String>

    package init(invoices: [String: InvoiceRecord] = [:], slowSeconds: Double = 2) {
        self.invoices = RecordTable(invoices)
        self.slowSeconds = slowSeconds
        waiting = Set(invoices.filter { $0.value.nextDue != nil }.keys)
    }

    package func invoice(id: String) -> Invoice? { invoices[id]?.invoice(id: id) }

    /// Every report of an invoice so far, as first made.
    package func callbacks(invoiceID: String) -> [PaymentCallback] {
        guard let record = invoices[invoiceID] else { return [] }
        return record.events.compactMap { record.callback($0, invoiceID: invoiceID) }
    }

    /// Creates the invoice, or confirms it. The callback URL may change with each request.
    package mutating func createInvoice(_ request: InvoiceRequest) throws(PartnerRefusal) -> Invoice {
        guard request.amount.minorUnits > 0 else { throw PartnerRefusal(400, "bad_amount", "nothing to pay") }
        let terms = InvoiceRecord.Terms(
            orderID: request.orderID, uid: request.uid, currency: request.amount.currency.code,
            amount: request.amount.minorUnits, callbackURL: request.callbackURL)
        var record = invoices[request.invoiceID] ?? InvoiceRecord()
        if var known = record.terms {
            known.callbackURL = terms.callbackURL
            guard known == terms else { throw .keyReused("invoice \(request.invoiceID)") }
        }
        if record.terms != terms {
            record.terms = terms
            invoices[request.invoiceID] = record
        }
        return Invoice(
            invoiceID: request.invoiceID, orderID: terms.orderID, uid: terms.uid,
            held: Money(minorUnits: record.held, currency: request.amount.currency),
            captured: Money(minorUnits: record.captured, currency: request.amount.currency),
            refunded: Money(minorUnits: record.refunded, currency: request.amount.currency),
            operations: record.operations.map(record.reported))
    }

    /// Starts an operation, or returns the current state of the one with that number.
    package mutating func start(_ request: OperationRequest, now: Instant) throws(PartnerRefusal) -> Outcome {
        guard request.number >= 1, request.amount.minorUnits > 0 else {
            throw PartnerRefusal(400, "bad_operation", "number and amount must be positive")
        }
        guard var record = invoices[request.invoiceID], let terms = record.terms else {
            throw PartnerRefusal(404, "unknown_invoice", "invoice not found")
        }
        guard request.amount.currency.code == terms.currency else {
            throw PartnerRefusal(409, "currency_mismatch", "the invoice is in \(terms.currency)")
        }
        if let known = record.operation(request.number) {
            return Outcome(operation: try repeated(known, request, record))
        }
        let changes = try record.begin(request, dueAt: now.advanced(bySeconds: slowSeconds))
        let callbacks = keep(&record, changes, invoiceID: request.invoiceID)
        return Outcome(
            operation: try stored(request.number, record), callbacks: callbacks,
            isAnswerLost: record.operation(request.number)?.card == .lost)
    }

    /// Cancels a hold that is pending or live; one that was captured, failed or lapsed keeps its status.
    package mutating func void(invoiceID: String, hold number: Int) throws(PartnerRefusal) -> Outcome {
        guard number >= 1 else { throw PartnerRefusal(400, "bad_operation", "the number must be positive") }
        var record = invoices[invoiceID] ?? InvoiceRecord()
        guard let known = record.operation(number) else {
            record.insert(.init(number: number, kind: .hold, amount: 0, status: .voided))
            invoices[invoiceID] = record
            return Outcome(operation: try stored(number, record))
        }
        guard known.kind == .hold else { throw PartnerRefusal(409, "not_a_hold", "operation \(number) is not a hold") }
        let isLive = known.status == .succeeded && record.clear(of: number, .pending, .succeeded) == nil
        guard known.status == .pending || isLive else { return Outcome(operation: record.reported(known)) }
        let callbacks = keep(&record, [record.change(number, to: .voided)], invoiceID: invoiceID)
        return Outcome(operation: try stored(number, record), callbacks: callbacks)
    }

    /// Decides a pending operation, or lets a live hold lapse, as a bank or a guest might at any time.
    package mutating func decide(
        invoiceID: String, number: Int, status: PaymentOperation.Status, reason: String?
    ) throws(PartnerRefusal) -> Outcome {
        guard var record = invoices[invoiceID], let known = record.operation(number) else {
            throw PartnerRefusal(404, "unknown_operation", "operation not found")
        }
        switch (known.status, status) {
        case (.pending, .succeeded), (.pending, .failed): break
        case (.succeeded, .lapsed)
        where known.kind == .hold && record.clear(of: number, .pending, .succeeded) == nil: break
        default: throw PartnerRefusal(409, "bad_transition", "\(known.status) cannot become \(status)")
        }
        let callbacks = keep(&record, [record.change(number, to: status, reason: reason)], invoiceID: invoiceID)
        return Outcome(operation: try stored(number, record), callbacks: callbacks)
    }

    /// When the next operation succeeds on its own; nil when none will.
    package var nextDue: Instant? {
        waiting.compactMap { invoices[$0]?.nextDue }.min().map(Instant.init(microseconds:))
    }

    /// Completes every operation that is due by `now`.
    package mutating func advance(to now: Instant) -> [PaymentCallback] {
        var callbacks: [PaymentCallback] = []
        for id in waiting.sorted() {
            guard var record = invoices[id] else { continue }
            let due = record.operations.filter { $0.dueAt.map { $0 <= now.microseconds } ?? false }
            guard !due.isEmpty else { continue }
            let changes = due.map { record.change($0.number, to: .succeeded) }
            callbacks += keep(&record, changes, invoiceID: id)
        }
        return callbacks
    }

    private mutating func keep(
        _ record: inout InvoiceRecord, _ changes: [InvoiceRecord.Event], invoiceID: String
    ) -> [PaymentCallback] {
        record.events += changes
        invoices[invoiceID] = record
        if record.nextDue == nil { waiting.remove(invoiceID) } else { waiting.insert(invoiceID) }
        return changes.compactMap { record.callback($0, invoiceID: invoiceID) }
    }

    private mutating func repeated(
        _ known: InvoiceRecord.Operation, _ request: OperationRequest, _ record: InvoiceRecord
    ) throws(PartnerRefusal) -> PaymentOperation {
        var known = known
        if known.isVoidedInAdvance, request.kind == .hold {
            var record = record
            known.amount = request.amount.minorUnits
            known.card = request.paymentMethodID.flatMap(Card.init)
            record.insert(known)
            invoices[request.invoiceID] = record
        }
        guard known.kind == request.kind, known.amount == request.amount.minorUnits,
            known.card?.rawValue == request.paymentMethodID
        else {
            throw .keyReused("operation \(request.number) of invoice \(request.invoiceID)")
        }
        return record.reported(known)
    }

    private func stored(_ number: Int, _ record: InvoiceRecord) throws(PartnerRefusal) -> PaymentOperation {
        guard let operation = record.operation(number) else {
            throw PartnerRefusal(404, "unknown_operation", "operation not found")
        }
        return record.reported(operation)
    }
}
