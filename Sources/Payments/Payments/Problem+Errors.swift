import PaymentCore
import PaymentPartners
import QueueKit
import SQLKit
import WorldKit

extension Problem {
    init(_ error: OrderError) {
        switch error {
        case .notFound(let id):
            self.init(.notFound, "order_not_found", "order \(id) not found", hint: "qrpay order list")
        case .alreadyBeingPaid(let id):
            self.init(
                .conflict, "order_taken", "order \(id): already being paid by another user",
                hint: "qrpay order history \(id)")
        case .staleBill(let id, let seen, let current):
            self.init(
                .conflict, "stale_bill",
                "order \(id): the bill has changed; version \(seen) was shown, version \(current) is current",
                hint: "show it again with 'qrpay preorder show \(id)'")
        case .stateForbids(let id, let action, let status):
            self.init(
                .conflict, "state_forbids", "order \(id): cannot \(action) an order that is \(status.rawValue)",
                hint: "qrpay order history \(id)")
        case .expired(let id):
            self.init(.conflict, "order_expired", "order \(id): it expired unpaid")
        case .billConflict(let clientID, let internalOrderID, let orderID, let status):
            self.init(
                .conflict, "bill_conflict",
                "bill \(internalOrderID) of \(clientID): order \(orderID) with another bill is already "
                    + status.rawValue
            )
        case .alreadyPaid(let clientID, let internalOrderID, let prepaid, let orderID):
            self.init(
                .conflict, "already_paid",
                "bill \(internalOrderID) of \(clientID): nothing is left to pay, \(prepaid) was paid already",
                hint: orderID.map { "qrpay order show \($0)" })
        case .refundExceeds(let id, let requested, let available):
            self.init(
                .conflict, "refund_exceeds",
                "order \(id): cannot refund \(requested), \(available) of the captured amount is left")
        case .refundExceedsLine(let id, let number, let requested, let available):
            self.init(
                .conflict, "refund_exceeds",
                "order \(id): cannot refund \(requested) of line \(number), \(available) of it is left")
        case .refundRepeated(let id, let earlier):
            self.init(repeating: earlier, of: id)
        case .badRefund(let id, let reason):
            self.init(.invalid, "bad_refund", "order \(id): \(reason)")
        }
    }

    private init(repeating earlier: EarlierRefund, of orderID: String) {
        let operation = earlier.operation
        let isPending = operation.status == .pending
        self.init(
            .conflict, "refund_repeated",
            "order \(orderID): the same refund of \(operation.amount) "
                + (isPending ? "is in progress" : "was made a moment ago")
                + " (operation \(operation.number), requested at \(earlier.at.rfc3339)); no refund was started",
            hint: (isPending ? "'qrpay order show \(orderID) --explain' tells what it waits for; " : "")
                + "for another refund like it, give --again, or a new key with --idempotency-key")
        details = [
            "order_id": orderID, "invoice_id": earlier.invoiceID, "operation": "\(operation.number)",
            "amount": operation.amount.decimal, "currency": operation.amount.currency.code,
            "status": operation.status.rawValue, "requested_at": earlier.at.rfc3339,
        ]
        details["document_id"] = earlier.documentID
    }

    init(_ error: TaskError) {
        switch error {
        case .notFound(let id):
            self.init(.notFound, "task_not_found", "task \(id) not found", hint: "qrpay task list")
        case .badPayload(let kind, let key):
            self.init(.defect, "bad_payload", "\(kind.rawValue) \(key): its arguments are invalid")
        case .emptyFilter:
            self.init(
                .invalid, "empty_filter", "no filter given, which would select every task",
                hint: "name task ids, or a filter such as --state stuck")
        case .cannotRun(let task):
            let holder = task.leasedBy.map { " at \(WorkerName.prose($0))" } ?? ""
            self.init(
                .conflict, "state_forbids",
                "task \(task.taskID): cannot run a task that is \(task.state.rawValue)\(holder)",
                hint: "qrpay task why \(task.taskID)")
        case .otherScope(let expected, let found):
            self.init(
                .conflict, "scope_changed",
                "the tasks to change are not those shown before: the digest is \(found), not \(expected)",
                hint: "run again without --yes to review them")
        case .noSuchBatch(let batch):
            self.init(
                .notFound, "batch_not_found", "batch \(batch) not found", hint: "qrpay task show TASK")
        case .noHandler(let kind):
            self.init(
                .defect, "no_handler", "\(kind.rawValue): this qrpay cannot run tasks of this kind",
                hint: "was the task staged by a newer qrpay?")
        case .notPaused(let kind):
            self.init(.conflict, "not_paused", "\(kind.rawValue) is not paused", hint: "qrpay task stats")
        }
    }

    init(_ error: PartialChange) {
        self.init(error.cause)
        message += "; before that, \(error.done) of \(error.total) tasks were \(error.past), batch \(error.batch)"
        hint = hint ?? "qrpay task requeue --undo \(error.batch)"
    }

    init(_ error: PartnerError) {
        let unknown = error.isOutcomeUnknown && !error.isRead ? "; the outcome is unknown" : ""
        let (code, what) =
            switch error.code {
            case .unreachable: ("partner_unreachable", "cannot be reached")
            case .timedOut: ("partner_timed_out", "did not answer in time" + unknown)
            case .interrupted: ("partner_interrupted", "closed the connection during its answer" + unknown)
            case .serverError(let status): ("partner_failed", "answered \(status)" + unknown)
            case .rejected(let status, let word): ("partner_rejected", "refused with \(status) \(word)")
            case .malformed: ("partner_malformed", "gave an unusable answer")
            case .contradiction: (Self.partnerContradiction, "contradicts what is known")
            }
        self.init(
            .partner, code, "\(error.partner.rawValue) \(what): \(error.action): \(error.message)",
            hint: Self.hint(error))
    }

    /// A partner's answer that contradicts what it or we said before.
    package static let partnerContradiction = "partner_contradiction"

    private static func hint(_ error: PartnerError) -> String? {
        let settings = "partners.\(error.partner.rawValue)"
        return switch error.code {
        case .unreachable: "is it running? 'qrpay sandbox' simulates all partners"
        case .rejected(401, _), .rejected(403, _): "check the address and keys of this partner in \(settings)"
        case .rejected(404, _), .rejected(405, _): "check that \(settings).url is the address of this partner"
        case .contradiction: "nothing was settled: clarify the state with the partner, then 'qrpay task requeue'"
        case .timedOut, .interrupted, .serverError, .rejected, .malformed: nil
        }
    }

    init(_ error: SQLError) {
        switch error.code {
        case .locked:
            self.init(
                .store, "store_locked", "the store is locked by another process",
                hint: "find the process with 'fuser' on the store's file, or try again")
        case .conflict:
            self.init(
                .store, "store_busy", "the store is busy: other processes kept changing the same data",
                hint: "nothing was changed; try again")
        case .unreachable:
            self.init(
                .store, "store_unreachable", "the store cannot be reached: \(error.message)",
                hint: "nothing was changed; is its server running?")
        case .outcomeUnknown:
            self.init(
                .store, "store_outcome_unknown",
                "the connection to the store was lost while a change was saved; it may have been saved or not",
                hint: "look at the order or the task before you repeat anything")
        case .readOnly:
            self.init(
                .store, "store_read_only", "the store cannot be written: \(error.message)",
                hint: "check the permissions of the file and its directory, and how the disk is mounted")
        case .corrupt:
            self.init(
                .store, "store_corrupt", "the store is damaged: \(error.message)",
                hint: "keep the file and restore a backup")
        case .notADatabase:
            self.init(
                .store, "store_not_a_database", "the store is not a SQLite database of qrpay: \(error.message)",
                hint: "name another file with --store")
        case .diskFull:
            self.init(
                .store, "store_disk_full", "the disk is full",
                hint: "free some space; 'qrpay doctor' checks the store")
        case .cannotOpen:
            self.init(.store, "store_cannot_open", "the store cannot be opened: \(error.message)")
        case .incomplete:
            self.init(
                .store, "store_incomplete", "the store is incomplete: \(error.message)",
                hint: "'qrpay doctor' lists what is missing; keep the file and restore a backup")
        case .replaced:
            self.init(
                .store, "store_replaced", "the store is not the one that was opened: \(error.message)",
                hint: "put the right file in its place, then restart the processes that use it")
        case .inputOutput:
            self.init(
                .store, "store_io_error",
                "the disk reported an error; the store itself may be sound: \(error.message)",
                hint: "try again; if it happens again, check the disk ('dmesg') before you restore anything")
        case .decoding:
            self.init(
                .store, "store_damaged", "the store holds an invalid value: \(error.message)",
                hint: "keep the file and restore a backup, or correct that value")
        case .newerSchema(let found, let known):
            self.init(
                .store, "store_newer",
                "the store was written by a newer qrpay: its schema is \(found), this one knows \(known)",
                hint: "update qrpay")
        case .changedMigration(let version):
            self.init(
                .store, "store_other_history",
                "the store was created by another build of qrpay: its migration \(version) differs from this one's",
                hint: "use the qrpay that created it, or name another store with --store")
        case .constraint, .other:
            self.init(.store, "store_error", "the store refused: \(error.message)")
        }
    }

    init(_ failure: LedgerSpool.Failure) {
        self.init(
            .store, "ledger_copy_failed",
            "the temporary copy of the ledger cannot be stored: \(failure.cause.message); the store is not affected",
            hint: "is there space for temporary files? TMPDIR sets another directory")
    }

    init(_ error: DeeplinkError) {
        self.init(.forbidden, "bad_deeplink", "the deeplink's signature is invalid", hint: "scan the QR code again")
    }

    init(_ error: MoneyError) { self.init(.invalid, "bad_amount", error.message) }

    init(_ error: ReceiptFetchError) {
        switch error {
        case .otherTotal(let documentID, let expected, let found):
            self.init(
                .partner, "receipt_other_total",
                "receipt \(documentID): its total is \(found ?? "missing"), expected \(expected)")
        case .doesNotAddUp(let documentID, let explanation):
            self.init(.partner, "receipt_does_not_add_up", "receipt \(documentID): \(explanation)")
        }
    }

    init(_ error: Receipts.Failure) {
        switch error {
        case .notFound(let documentID):
            self.init(
                .notFound, "receipt_not_found", "receipt \(documentID) not found, or not issued yet",
                hint: "qrpay task list --kind receipt.fetch")
        case .notAtEda(let documentID):
            self.init(.notFound, "receipt_not_at_eda", "receipt \(documentID): Eda has no such receipt, or not yet")
        case .damaged(let documentID, let key):
            self.init(
                .partner, "receipt_damaged", "receipt \(documentID): the S3 object \(key) is not a complete PDF",
                hint: "'qrpay receipt render --document \(documentID)' renders it again")
        }
    }
}
