import PaymentPartners
import Payments
import Testing

@testable import QRPayCLI

/// What services suggest, as this program says it: the `hint` of errors.
@Suite struct NextStepTextTests {
    private static let back = "once the store can be written again"
    private static let sameBack =
        "once the store that was in use is back in its place (another one does not know of this)"

    private static let texts: [(step: NextStep, text: String)] = [
        (.listOrders, "qrpay order list"),
        (.showOrder("o-1"), "qrpay order show o-1"),
        (.showOrderHistory("o-1"), "qrpay order history o-1"),
        (.showOrderStatus("o-1"), "qrpay order status o-1"),
        (.showBill(orderID: "o-1"), "show it again with 'qrpay preorder show o-1'"),
        (.scanAgain, "scan the QR code again"),
        (
            .requestAnotherRefund(orderID: "o-1", isEarlierPending: true),
            "'qrpay order show o-1 --explain' shows what it waits for; "
                + "for another refund like it, give --again, or a new key with --idempotency-key"
        ),
        (
            .requestAnotherRefund(orderID: "o-1", isEarlierPending: false),
            "for another refund like it, give --again, or a new key with --idempotency-key"
        ),
        (
            .beginOnceStoreIsBack(.payment, orderID: "o-1", isSameStoreNeeded: false),
            "\(back), run the same command: it continues a payment that was begun, and never begins a second one"
        ),
        (
            .beginOnceStoreIsBack(.refund(hasKey: true), orderID: "o-1", isSameStoreNeeded: true),
            "\(sameBack), run the same command with the same key: it is the same refund"
        ),
        (
            .beginOnceStoreIsBack(.refund(hasKey: false), orderID: "o-1", isSameStoreNeeded: false),
            "\(back), 'qrpay order show o-1' shows whether it exists"
        ),
        (
            .beginOnceStoreIsBack(.cancellation, orderID: "o-1", isSameStoreNeeded: false),
            "\(back), run the same command: a canceled order stays as it is"
        ),
        (
            .finishOnceStoreIsBack(.refund(hasKey: true), orderID: "o-1", isSameStoreNeeded: false),
            "\(back), the same command with the same key, or 'qrpay work', completes it; "
                + "'qrpay order show o-1' shows what is known"
        ),
        (
            .finishOnceStoreIsBack(.refund(hasKey: false), orderID: "o-1", isSameStoreNeeded: true),
            "\(sameBack), 'qrpay work' completes it; 'qrpay order show o-1' shows what is known"
        ),
        (.workOnceStoreIsBack(isSameStoreNeeded: false), "\(back): qrpay work"),
        (.listTasks, "qrpay task list"),
        (.listReceiptTasks, "qrpay task list --kind receipt.fetch"),
        (.explainTask(17), "qrpay task why 17"),
        (.showTaskStatistics, "qrpay task stats"),
        (.findBatch, "qrpay task show TASK"),
        (.undoBatch("b-1"), "qrpay task requeue --undo b-1"),
        (.narrowFilter, "name task ids, or a filter such as --state stuck"),
        (.reviewTasks, "run again without --yes to review them"),
        (.requeueOnceClarified, "nothing was settled: clarify the state with the partner, then 'qrpay task requeue'"),
        (.addRestaurant("cafe"), "qrpay restaurant add cafe --name NAME"),
        (.rotateKey, "'--rotate' creates a new one and keeps the current one valid until the next rotation"),
        (.listCashbackRules, "qrpay cashback rules"),
        (.renderReceipt(documentID: "d-1"), "'qrpay receipt render --document d-1' renders it again"),
        (.startPartner, "is it running? 'qrpay sandbox' simulates all partners"),
        (.checkPartnerKeys(.eda), "check the address and keys of this partner in partners.eda"),
        (.checkPartnerAddress(.check), "check that partners.check.url is the address of this partner"),
        (.checkServerAddress, "is --server the address of a running 'qrpay serve'?"),
        (.checkServerKey, "is it the key that this server knows?"),
        (.repeatCommand, "run the same command again: it has its effect once"),
        (.findLockHolder, "find the process with 'fuser' on the store's file, or try again"),
        (
            .checkPermissions,
            "check the permissions of the file and its directory, and how the disk is mounted"
        ),
        (.restoreBackup, "keep the file and restore a backup"),
        (.nameAnotherStore, "name another file with --store"),
        (
            .checkStoreAccess,
            "check user, database, certificate and rights; a password comes from store.password_file, PGPASSFILE or "
                + "~/.pgpass"
        ),
        (.namePrimary, "name the primary, or all servers: postgres://USER@HOST1,HOST2/DATABASE"),
        (.useSupportedServer, "use PostgreSQL 13 or later, and a database in UTF-8"),
        (.freeConnections, "nothing was changed; run fewer processes, or raise max_connections"),
        (.migrateStore, "run 'qrpay store migrate', once for all hosts"),
        (.nameAnotherDatabase, "name another database with --store, or a schema of its own with store.schema"),
        (
            .useMovedStore,
            "use the store at that place; 'qrpay store migrate --reopen' takes this one back into use"
        ),
        (.correctText, "remove the NUL character"),
        (.freeDisk, "free some space; 'qrpay doctor' checks the store"),
        (.inspectStore, "'qrpay doctor' lists what is missing; keep the file and restore a backup"),
        (.putStoreBack, "put the right file in its place, then restart the processes that use it"),
        (
            .checkDisk, "try again; if it happens again, check the disk ('dmesg') before you restore anything"
        ),
        (.correctValue, "keep the file and restore a backup, or correct that value"),
        (.update, "update qrpay"),
        (.useOwnBuild, "use the qrpay that created it, or name another store with --store"),
        (.freeTemporaryDisk, "is there space for temporary files? TMPDIR sets another directory"),
        (.words("as it is"), "as it is"),
    ]

    @Test func `every next step has its words`() {
        for (step, text) in Self.texts { #expect(step.text == text) }
    }
}
