import PaymentCore
import PaymentPartners
import QueueKit
import WorldKit

/// Completes payments, refunds and voids by polling the partners until the outcome is known.
///
/// Every call is idempotent, so that a run which died between any two of them is simply repeated.
struct Settlement: Sendable {
    let services: Services
    let payments: Payments

    init(_ services: Services) {
        self.services = services
        payments = Payments(services)
    }

    func run(_ task: QueuedTask) async throws -> TaskOutcome {
        let job = try SettleJob(task)
        return switch job.action {
        case .pay: try await pay(job)
        case .refund: try await refund(job)
        case .void: try await void(job)
        case .compare: try await compare(job)
        }
    }

    // MARK: Paying

    private func pay(_ job: SettleJob) async throws -> TaskOutcome {
        guard var order = try await order(job).paid(by: job) else { return .done }
        if order.status == .holding, order.operation == job.number {
            let hold = try await hold(job, order)
            guard hold.status.isFinal else {
                return .notYet("the hold is \(hold.status.rawValue)", latest: deadline(of: order))
            }
            guard let held = try await apply(hold, of: job) else { return .done }
            order = held
        }
        if order.status == .held {
            let clear = try await services.partners.transactions.start(
                OperationRequest(
                    invoiceID: job.invoiceID, number: order.operation, kind: .clear, amount: order.amount))
            guard clear.status.isFinal else { return .notYet("the clear is \(clear.status.rawValue)") }
            guard let cleared = try await apply(try await confirmed(clear, of: job), of: job) else { return .done }
            order = cleared
        }
        if order.status == .cleared || order.status == .refunded {
            try await pushItems(order, operation: order.operation)
        }
        return .done
    }

    /// Applies an outcome.
    /// - Returns: the order as it is then; nil once another guest has become its payer.
    /// - Throws: ``PartnerError`` `contradiction` when the order still waits for it: without its task it would wait
    ///   forever.
    private func apply(_ operation: PaymentOperation, of job: SettleJob) async throws -> Order? {
        let applied = try await payments.apply(operation, invoiceID: job.invoiceID, isConfirmed: true)
        // Without a record of ours, the order still waits.
        if let order = applied.order {
            guard let order = order.paid(by: job) else { return nil }
            guard order.status.isMoving, order.operation == operation.number else { return order }
        }
        throw contradiction(
            job,
            "\(operation.kind.rawValue) \(operation.number) of \(operation.amount) is \(operation.status.rawValue), "
                + "which cannot be applied (\(applied.effect.text))")
    }

    /// Starts the hold, or polls it; a hold that stays undecided past its deadline, whatever the cause, or that
    /// transactions declines to start, is voided, and only the payment system's report makes it a failure.
    ///
    /// A partner that refuses our request decides nothing about the guest's card: that is an error like any other.
    private func hold(_ job: SettleJob, _ order: Order) async throws -> PaymentOperation {
        let deadline = deadline(of: order)
        var reason = "timed_out"
        do {
            let hold = try await startHold(job, order)
            if hold.status.isFinal || services.world.now() < deadline { return hold }
        } catch let error as PartnerError where error.code != .contradiction {
            if let declined = error.declined(.hold) {
                reason = declined
            } else if services.world.now() < deadline {
                throw error
            }
        }
        var voided = try await services.partners.transactions.void(invoiceID: job.invoiceID, hold: job.number)
        guard voided.status.isFinal else { return voided }
        // The payment system has no amount for a hold that never arrived.
        if voided.status == .voided, voided.amount.isZero { voided.amount = order.amount }
        voided.reason = voided.reason ?? reason
        return try await confirmed(voided, of: job)
    }

    private func deadline(of order: Order) -> Instant {
        (order.beganAt ?? order.updatedAt).advanced(bySeconds: services.settings.holdTimeoutSeconds)
    }

    private func startHold(_ job: SettleJob, _ order: Order) async throws -> PaymentOperation {
        let uid = order.uid ?? ""
        let lines = try await services.store.read { try $0.orders.lines(of: order) }
        try await services.partners.eda.createOrder(
            EdaOrder(
                edaOrderID: job.invoiceID, orderID: order.orderID, clientID: order.clientID, uid: uid,
                amount: order.amount, lines: lines))
        try await services.partners.transactions.createInvoice(
            InvoiceRequest(
                invoiceID: job.invoiceID, orderID: order.orderID, uid: uid, amount: order.amount,
                callbackURL: services.settings.callbackURL))
        return try await services.partners.transactions.start(
            OperationRequest(
                invoiceID: job.invoiceID, number: job.number, kind: .hold, amount: order.amount,
                paymentMethodID: order.paymentMethodID))
    }

    // MARK: Refunding and voiding

    private func refund(_ job: SettleJob) async throws -> TaskOutcome {
        let record = try await record(job)
        var order: Order?
        if !record.operation.status.isFinal {
            let refund = try await startRefund(job, amount: record.operation.amount)
            guard refund.status.isFinal else { return .notYet("the refund is \(refund.status.rawValue)") }
            let applied = try await payments.apply(
                try await confirmed(refund, of: job), invoiceID: job.invoiceID, isConfirmed: true)
            guard try await self.record(job).operation.status.isFinal else {
                throw contradiction(
                    job, "refund \(job.number) of \(refund.amount) cannot be applied (\(applied.effect.text))")
            }
            order = applied.order
        }
        if order == nil { order = try await self.order(job) }
        if let order { try await pushItems(order, operation: job.number) }
        return .done
    }

    /// Starts the refund, or polls it.
    ///
    /// A declined refund has failed once transactions has none with its number: whatever transactions has begun it
    /// keeps. One that exists with other content is an error and not a failure, as is every other refusal.
    private func startRefund(_ job: SettleJob, amount: Money) async throws -> PaymentOperation {
        let transactions = services.partners.transactions
        do {
            return try await transactions.start(
                OperationRequest(invoiceID: job.invoiceID, number: job.number, kind: .refund, amount: amount))
        } catch let error as PartnerError {
            guard let declined = error.declined(.refund),
                let invoice = try await transactions.invoice(id: job.invoiceID),
                !invoice.operations.contains(where: { $0.number == job.number })
            else { throw error }
            return PaymentOperation(
                number: job.number, kind: .refund, amount: amount, status: .failed, reason: declined)
        }
    }

    private func void(_ job: SettleJob) async throws -> TaskOutcome {
        let hold = try await services.partners.transactions.void(invoiceID: job.invoiceID, hold: job.number)
        guard hold.status.isFinal else { return .notYet("the void is \(hold.status.rawValue)") }
        _ = try await confirmed(hold, of: job)
        guard hold.status != .succeeded else {
            throw contradiction(job, "hold \(job.number) is to be released, and stays \(hold.status.rawValue)")
        }
        let now = services.world.now()
        try await services.store.write { transaction in
            try transaction.operations.setStatus(
                invoiceID: job.invoiceID, number: job.number, to: hold.status, reason: hold.reason, at: now)
            try transaction.journal.append(
                JournalEntry(
                    at: now, orderID: job.orderID, event: .holdVoided, actor: .worker,
                    detail: [
                        "invoice_id": job.invoiceID, "operation": "\(job.number)", "outcome": hold.status.rawValue,
                    ]))
        }
        return .done
    }

    // MARK: Parts

    private func order(_ job: SettleJob) async throws -> Order {
        try await services.store.read { try $0.order(job.orderID) }
    }

    func knownOperation(_ job: SettleJob) async throws -> PaymentOperation? {
        try await services.store.read {
            try $0.operations.operation(invoiceID: job.invoiceID, number: job.number)?.operation
        }
    }

    private func record(_ job: SettleJob) async throws -> OperationRecord {
        let record = try await services.store.read {
            try $0.operations.operation(invoiceID: job.invoiceID, number: job.number)
        }
        guard let record else { throw TaskError.badPayload(.paymentSettle, job.key) }
        return record
    }

    /// Sends Eda the items of the document that an operation produced, if it produced one.
    private func pushItems(_ order: Order, operation: Int) async throws {
        let document = try await services.store.read { transaction in
            try transaction.receipts.documents(orderID: order.orderID)
                .first { $0.invoiceID == order.edaOrderID && $0.operation == operation }
        }
        guard let document else { return }
        try await services.partners.eda.pushItems(
            ReceiptDocument(
                documentID: document.documentID, edaOrderID: document.invoiceID, kind: document.kind,
                sellerName: document.sellerName, amount: document.amount, prepaid: document.prepaid,
                lines: document.lines))
    }
}

extension Order {
    /// Nil once another guest has become its payer, whose payment belongs to another job.
    fileprivate func paid(by job: SettleJob) -> Order? { edaOrderID == job.invoiceID ? self : nil }
}
