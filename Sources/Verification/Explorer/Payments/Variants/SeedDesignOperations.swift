import PaymentCore
import PaymentPartners
import PaymentSandbox
import Payments
import WorldKit

/// The operations of the seed designs on the store and the partners.
extension ProgramEnvironment {
    /// One bill that never expires: the seed designs have no time to live.
    func setUpSeed() async throws -> String {
        let now = services.world.now()
        let order = Order(
            orderID: orderID, clientID: clientID, internalOrderID: "bill-1", amount: bill,
            capturedAmount: .zero(bill.currency),
            refunded: .zero(bill.currency), createdAt: now, updatedAt: now,
            expiresAt: now.advanced(bySeconds: services.settings.orderTTLSeconds))
        try await services.store.write { transaction in
            try transaction.orders.insert(order, lines: [BillLine(name: "Soup", amount: bill)])
            try transaction.journal.append(
                JournalEntry(at: now, orderID: orderID, event: .created, to: .pending, actor: .iiko))
        }
        return orderID
    }

    func order() async throws -> Order {
        try await services.store.read { try order(in: $0) }
    }

    func order(in transaction: StoreTransaction) throws -> Order {
        guard let order = try transaction.orders.order(id: orderID) else {
            throw OrderError.notFound(orderID: orderID)
        }
        return order
    }

    /// Updates the order read in the same transaction.
    func move(
        _ order: Order, from current: Order, _ event: JournalEntry.Event, detail: [String: String] = [:],
        at now: Instant, in transaction: StoreTransaction
    ) throws {
        guard try transaction.orders.compareAndSet(order, expected: current) else {
            throw OrderError.alreadyBeingPaid(orderID: orderID)
        }
        guard order.status != current.status || order.uid != current.uid else { return }
        try transaction.journal.append(
            JournalEntry(
                at: now, orderID: orderID, event: event, from: current.status, to: order.status, actor: .transactions,
                detail: detail))
    }

    /// Records the reported operation, so that the invariants can relate the invoice to the order.
    func record(_ callback: PaymentCallback, at now: Instant, in transaction: StoreTransaction) throws {
        let operation = callback.operation
        if try transaction.operations.operation(invoiceID: callback.invoiceID, number: operation.number) == nil {
            try transaction.operations.insert(
                OperationRecord(orderID: orderID, invoiceID: callback.invoiceID, uid: "", operation: operation),
                at: now)
        } else {
            try transaction.operations.setStatus(
                invoiceID: callback.invoiceID, number: operation.number, to: operation.status,
                reason: operation.reason, at: now)
        }
    }

    // MARK: Partners

    /// Creates the order in Eda under an id of ours.
    func createEdaOrder(_ id: String, _ uid: String) async throws {
        try await services.partners.eda.createOrder(edaOrder(id, uid))
    }

    /// Has Eda create the order under an id of its own.
    func makeEdaOrder(_ uid: String, isIdempotent: Bool) async throws -> String {
        try await ask(.createOrder(edaOrderID: "new")) { models, _ in
            let id = isIdempotent ? "eda-of-\(uid)" : "eda-\(models.eda.orders.count + 1)"
            try models.eda.createOrder(edaOrder(id, uid))
            return PartnerReply(id)
        }
    }

    /// Creates the invoice and starts its next hold, unless one is live or pending.
    func createInvoice(_ id: String, _ uid: String, _ card: String) async throws {
        try await ask(.createInvoice(invoiceID: id)) { models, now in
            let invoice = try models.transactions.createInvoice(
                InvoiceRequest(invoiceID: id, orderID: orderID, uid: uid, amount: bill, callbackURL: nil))
            var reply = PartnerReply(())
            let isUnderWay = invoice.operations.contains {
                $0.kind == .hold && ($0.status == .pending || $0.status == .succeeded)
            }
            guard !isUnderWay else { return reply }
            reply.callbacks = try models.transactions.start(
                OperationRequest(
                    invoiceID: id, number: (invoice.operations.last?.number ?? 0) + 1, kind: .hold, amount: bill,
                    paymentMethodID: card),
                now: now
            ).callbacks
            return reply
        }
    }

    /// Clears the hold, unless that is done or pending.
    func startClear(_ id: String) async throws {
        let last = try await services.partners.transactions.invoice(id: id)?.operations.last
        guard let last, last.kind == .hold else { return }
        _ = try await services.partners.transactions.start(
            OperationRequest(invoiceID: id, number: last.number + 1, kind: .clear, amount: bill))
    }

    private func edaOrder(_ id: String, _ uid: String) -> EdaOrder {
        EdaOrder(
            edaOrderID: id, orderID: orderID, clientID: clientID, uid: uid, amount: bill,
            lines: [BillLine(name: "Soup", amount: bill)])
    }

    private func ask<Value: Sendable>(
        _ action: PartnerAction,
        _ body: @escaping @Sendable (inout PartnerKnowledge, Instant) throws -> PartnerReply<Value>
    ) async throws -> Value {
        guard let partners = services.partners.transactions as? any ModelledPartners else {
            throw action.error(.unreachable, "only the partners' models support this request")
        }
        return try await partners.perform(action, body)
    }
}
