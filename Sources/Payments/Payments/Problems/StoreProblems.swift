import SQLKit

extension Problem {
    init(_ error: SQLError) {
        switch error.code {
        case .locked:
            self.init(
                .store, "store_locked", "the store is locked by another process",
                next: .findLockHolder)
        case .conflict:
            self.init(
                .store, "store_busy", "the store is busy: other processes kept changing the same data",
                next: .tryAgain)
        case .busy:
            self.init(.store, "store_busy", "the store is busy: \(error.message)", next: .tryAgain)
        case .timedOut:
            self.init(.store, "store_timed_out", "the store did not answer in time: \(error.message)", next: .tryAgain)
        case .denied:
            self.init(.store, "store_denied", "the store denied access: \(error.message)", next: .checkStoreAccess)
        case .standby:
            self.init(
                .store, "store_standby", "the store cannot be written: \(error.message)", next: .namePrimary)
        case .unsupportedServer:
            self.init(
                .store, "store_server_unsupported", "the store's server cannot be used: \(error.message)",
                next: .useSupportedServer)
        case .connectionLimit:
            self.init(
                .store, "store_connections_used_up", "the store's server has no connection left: \(error.message)",
                next: .freeConnections)
        case .outdated:
            self.init(
                .store, "store_outdated", "the store is not ready for this qrpay: \(error.message)",
                next: .migrateStore)
        case .foreignDatabase:
            self.init(
                .store, "store_foreign", "the database is not a store of qrpay: \(error.message)",
                next: .nameAnotherDatabase)
        case .moved:
            self.init(.store, "store_moved", "the store was moved \(error.message)", next: .useMovedStore)
        case .unsupportedValue:
            self.init(
                .store, "store_value_unsupported", "the store cannot keep a value: \(error.message)",
                next: .correctText)
        case .unreachable:
            self.init(.store, "store_unreachable", "the store cannot be reached: \(error.message)", next: .startStore)
        case .outcomeUnknown:
            self.init(
                .store, "store_outcome_unknown",
                "the connection to the store was lost while a change was saved; it may have been saved or not",
                next: .lookBeforeRepeating)
        case .readOnly:
            self.init(
                .store, "store_read_only", "the store cannot be written: \(error.message)",
                next: .checkPermissions)
        case .corrupt:
            self.init(
                .store, "store_corrupt", "the store is damaged: \(error.message)",
                next: .restoreBackup)
        case .notADatabase:
            self.init(
                .store, "store_not_a_database", "the store is not a SQLite database of qrpay: \(error.message)",
                next: .nameAnotherStore)
        case .diskFull:
            self.init(
                .store, "store_disk_full", "the disk is full",
                next: .freeDisk)
        case .cannotOpen:
            self.init(.store, "store_cannot_open", "the store cannot be opened: \(error.message)")
        case .incomplete:
            self.init(
                .store, "store_incomplete", "the store is incomplete: \(error.message)",
                next: .inspectStore)
        case .replaced:
            self.init(
                .store, Self.replacedStore, "the store is not the one that was opened: \(error.message)",
                next: .putStoreBack)
        case .inputOutput:
            self.init(
                .store, "store_io_error",
                "the disk reported an error; the store itself may be sound: \(error.message)",
                next: .checkDisk)
        case .decoding:
            self.init(
                .store, "store_damaged", "the store holds an invalid value: \(error.message)",
                next: .correctValue)
        case .newerSchema(let found, let known):
            self.init(
                .store, "store_newer",
                "the store was written by a newer qrpay: its schema is \(found), this one knows \(known)",
                next: .update)
        case .changedMigration(let version):
            self.init(
                .store, "store_other_history",
                "the store was created by another build of qrpay: its migration \(version) differs from this one's",
                next: .useOwnBuild)
        case .constraint, .other:
            self.init(.store, "store_error", "the store refused: \(error.message)")
        }
    }

    init(_ failure: LedgerSpool.Failure) {
        self.init(
            .store, "ledger_copy_failed",
            "the temporary copy of the ledger cannot be stored: \(failure.cause.message); the store is not affected",
            next: .freeTemporaryDisk)
    }

    /// The open store is not the file at its path any more.
    static let replacedStore = "store_replaced"
}
