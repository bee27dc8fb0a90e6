import PaymentCore
import QueueKit
import WorldKit

/// Tasks and documents that changes of a payment require, staged in the same transaction.
extension StoreTransaction {
    /// Stages the release of an orphaned hold.
    func stageVoid(of hold: OperationRecord, clientID: String, at now: Instant) throws {
        let job = SettleJob(
            orderID: hold.orderID, invoiceID: hold.invoiceID, number: hold.operation.number, action: .void)
        try tasks.enqueue(job.request(clientID: clientID, dueAt: now), at: now)
    }

    /// Stages the release of what remains held after a failed clear.
    func stageVoid(ofHoldBefore clear: OperationRecord, clientID: String, at now: Instant) throws {
        guard let hold = try hold(before: clear) else { return }
        try stageVoid(of: hold, clientID: clientID, at: now)
    }

    /// Stages an examination of the invoice that a report is about.
    func stageComparison(
        of report: PaymentOperation, with record: OperationRecord, clientID: String, at now: Instant
    ) throws {
        try tasks.enqueue(SettleJob(comparing: report, of: record).request(clientID: clientID, dueAt: now), at: now)
    }

    /// Makes the task of the current payment due: its outcome is known and the remaining steps can follow.
    func wakePayment(of order: Order, invoiceID: String, at now: Instant) throws {
        guard let clear = try operations.operation(invoiceID: invoiceID, number: order.operation),
            let hold = try hold(before: clear)
        else { return }
        let job = SettleJob(
            orderID: order.orderID, invoiceID: invoiceID, number: hold.operation.number, action: .pay)
        try tasks.wake(.paymentSettle, key: job.key, at: now)
    }

    private func hold(before clear: OperationRecord) throws -> OperationRecord? {
        try operations.operations(orderID: clear.orderID).filter {
            $0.invoiceID == clear.invoiceID && $0.operation.kind == .hold
                && $0.operation.number < clear.operation.number
        }.max { $0.operation.number < $1.operation.number }
    }

    /// Records the next receipt document of the invoice and stages its fetching.
    func stageDocument(
        of order: Order, operation: PaymentOperation, kind: DocumentRecord.Kind, lines: [BillLine], at now: Instant
    ) throws {
        guard let invoiceID = order.edaOrderID else { return }
        let version = try receipts.documents(orderID: order.orderID).filter { $0.invoiceID == invoiceID }.count + 1
        let document = DocumentRecord(
            orderID: order.orderID, invoiceID: invoiceID, version: version, operation: operation.number, kind: kind,
            amount: operation.amount, prepaid: kind == .payment ? order.prepaid : nil, lines: lines,
            sellerName: try restaurants.restaurant(clientID: order.clientID)?.name ?? order.clientID)
        try receipts.insert(document, at: now)
        try stageReceipt(of: document, clientID: order.clientID, at: now)
    }

    /// Stages the fetching of a document's receipt. If the queue refuses it, the payment continues without it, and
    /// ``ReceiptBackfill`` stages it later.
    func stageReceipt(of document: DocumentRecord, clientID: String, at now: Instant) throws {
        let request = Self.receiptRequest(document, clientID: clientID, dueAt: now)
        guard let failure = try tasks.enqueueIfPossible(request, at: now) else { return }
        try journal.append(
            JournalEntry(
                at: now, orderID: document.orderID, event: .taskNotStaged, actor: .worker,
                detail: ["kind": failure.kind.rawValue, "key": failure.key, "reason": failure.message]))
    }

    static func receiptRequest(_ document: DocumentRecord, clientID: String, dueAt: Instant) -> TaskRequest {
        TaskRequest(
            kind: .receiptFetch, key: document.documentID, payload: ["document_id": document.documentID],
            orderID: document.orderID, clientID: clientID, dueAt: dueAt)
    }
}
