import PaymentPartners
import Payments

extension Problem {
    /// What to try, in words for the command line; nil when there is nothing useful to suggest.
    var suggestion: String? { nextStep?.text }
}

extension NextStep {
    /// As commands and options of this program.
    var text: String {
        switch self {
        case .listOrders: "qrpay order list"
        case .showOrder(let id): "qrpay order show \(id)"
        case .showOrderHistory(let id): "qrpay order history \(id)"
        case .showOrderStatus(let id): "qrpay order status \(id)"
        case .showBill(let id): "show it again with 'qrpay preorder show \(id)'"
        case .scanAgain: "scan the QR code again"
        case .requestAnotherRefund(let id, let isEarlierPending):
            (isEarlierPending ? "'qrpay order show \(id) --explain' shows what it waits for; " : "")
                + "for another refund like it, give --again, or a new key with --idempotency-key"
        case .beginOnceStoreIsBack(let action, let id, let isSameStoreNeeded):
            "\(Self.onceStoreIsBack(isSameStoreNeeded)), \(action.beginning(orderID: id))"
        case .finishOnceStoreIsBack(let action, let id, let isSameStoreNeeded):
            "\(Self.onceStoreIsBack(isSameStoreNeeded)), \(action.end) completes it; "
                + "'qrpay order show \(id)' shows what is known"
        case .workOnceStoreIsBack(let isSameStoreNeeded): "\(Self.onceStoreIsBack(isSameStoreNeeded)): qrpay work"
        case .listTasks: "qrpay task list"
        case .listReceiptTasks: "qrpay task list --kind receipt.fetch"
        case .explainTask(let id): "qrpay task why \(id)"
        case .showTaskStatistics: "qrpay task stats"
        case .updateWorkers: "was the task staged by a newer qrpay? update the workers"
        case .findBatch: "qrpay task show TASK"
        case .undoBatch(let batch): "qrpay task requeue --undo \(batch)"
        case .narrowFilter: "name task ids, or a filter such as --state stuck"
        case .reviewTasks: "run again without --yes to review them"
        case .requeueOnceClarified:
            "nothing was settled: clarify the state with the partner, then 'qrpay task requeue'"
        case .addRestaurant(let id): "qrpay restaurant add \(id) --name NAME"
        case .rotateKey: "'--rotate' creates a new one and keeps the current one valid until the next rotation"
        case .listCashbackRules: "qrpay cashback rules"
        case .renderReceipt(let id): "'qrpay receipt render --document \(id)' renders it again"
        case .startPartner: "is it running? 'qrpay sandbox' simulates all partners"
        case .checkPartnerKeys(let partner): "check the address and keys of this partner in \(partner.setting)"
        case .checkPartnerAddress(let partner): "check that \(partner.setting).url is the address of this partner"
        case .checkServerAddress: "is --server the address of a running 'qrpay serve'?"
        case .checkServerKey: "is it the key that this server knows?"
        case .repeatCommand: "run the same command again: it has its effect once"
        case .findLockHolder, .tryAgain, .startStore, .lookBeforeRepeating, .checkPermissions, .restoreBackup,
            .nameAnotherStore, .freeDisk, .inspectStore, .checkStoreAccess, .namePrimary, .useSupportedServer,
            .freeConnections, .migrateStore, .nameAnotherDatabase, .useMovedStore, .correctText, .putStoreBack,
            .checkDisk, .correctValue, .update, .useOwnBuild, .freeTemporaryDisk:
            ofStore
        case .words(let text): text
        }
    }

    private var ofStore: String {
        switch self {
        case .findLockHolder: "find the process with 'fuser' on the store's file, or try again"
        case .tryAgain: "nothing was changed; try again"
        case .startStore: "nothing was changed; is the store's server running?"
        case .checkStoreAccess:
            "check user, database, certificate and rights; a password comes from store.password_file, PGPASSFILE or "
                + "~/.pgpass"
        case .namePrimary: "name the primary, or all servers: postgres://USER@HOST1,HOST2/DATABASE"
        case .useSupportedServer: "use PostgreSQL 13 or later, and a database in UTF-8"
        case .freeConnections: "nothing was changed; run fewer processes, or raise max_connections"
        case .migrateStore: "run 'qrpay store migrate', once for all hosts"
        case .nameAnotherDatabase: "name another database with --store, or a schema of its own with store.schema"
        case .useMovedStore: "use the store at that place; 'qrpay store migrate --reopen' takes this one back into use"
        case .correctText: "remove the NUL character"
        case .lookBeforeRepeating: "look at the order or the task before you repeat anything"
        case .checkPermissions: "check the permissions of the file and its directory, and how the disk is mounted"
        case .nameAnotherStore: "name another file with --store"
        case .freeDisk: "free some space; 'qrpay doctor' checks the store"
        case .inspectStore: "'qrpay doctor' lists what is missing; keep the file and restore a backup"
        case .putStoreBack: "put the right file in its place, then restart the processes that use it"
        case .checkDisk: "try again; if it happens again, check the disk ('dmesg') before you restore anything"
        case .correctValue: "keep the file and restore a backup, or correct that value"
        case .update: "update qrpay"
        case .useOwnBuild: "use the qrpay that created it, or name another store with --store"
        case .freeTemporaryDisk: "is there space for temporary files? TMPDIR sets another directory"
        default: "keep the file and restore a backup"
        }
    }

    /// - Parameter isSameStoreNeeded: whether another store is in the place of the one in use.
    private static func onceStoreIsBack(_ isSameStoreNeeded: Bool) -> String {
        isSameStoreNeeded
            ? "once the store that was in use is back in its place (another one does not know of this)"
            : "once the store can be written again"
    }
}

extension Undertaking.Action {
    /// What to do when it was not begun, or when that is unknown.
    fileprivate func beginning(orderID: String) -> String {
        switch self {
        case .payment:
            "run the same command: it continues a payment that was begun, and never begins a second one"
        case .refund(hasKey: true): "run the same command with the same key: it is the same refund"
        case .refund(hasKey: false): "'qrpay order show \(orderID)' shows whether it exists"
        case .cancellation: "run the same command: a canceled order stays as it is"
        }
    }

    /// What completes it once begun.
    fileprivate var end: String {
        switch self {
        case .payment: "the same command or 'qrpay work'"
        case .refund(hasKey: true): "the same command with the same key, or 'qrpay work',"
        case .refund(hasKey: false): "'qrpay work'"
        case .cancellation: "the same command"
        }
    }
}

extension Partner {
    fileprivate var setting: String { "partners.\(rawValue)" }
}
