package import PaymentPartners

/// What to try after an error: a fact that each edge renders in its own words, the command line as a command.
package enum NextStep: Hashable, Sendable {
    // Orders and payments
    case listOrders
    case showOrder(String)
    case showOrderHistory(String)
    case showOrderStatus(String)
    case showBill(orderID: String)
    case scanAgain
    /// The refund was refused as a repetition; another one like it has to be requested as such.
    case requestAnotherRefund(orderID: String, isEarlierPending: Bool)
    /// The store failed before an action began, or at its beginning.
    case beginOnceStoreIsBack(Undertaking.Action, orderID: String, isSameStoreNeeded: Bool)
    /// The store failed before the outcome of an action was recorded.
    case finishOnceStoreIsBack(Undertaking.Action, orderID: String, isSameStoreNeeded: Bool)
    /// The store failed while tasks ran.
    case workOnceStoreIsBack(isSameStoreNeeded: Bool)

    // Tasks
    case listTasks
    case listReceiptTasks
    case explainTask(Int64)
    case showTaskStatistics
    /// The task may have been staged by a newer release.
    case updateWorkers
    /// A batch is named by the tasks it changed.
    case findBatch
    case undoBatch(String)
    /// A filter would select every task.
    case narrowFilter
    /// The tasks to change are other ones than those confirmed.
    case reviewTasks
    /// Partner and records contradict each other; once that is clarified, the task is requeued.
    case requeueOnceClarified

    // Restaurants, cashback, receipts
    case addRestaurant(String)
    case rotateKey
    case listCashbackRules
    case renderReceipt(documentID: String)

    // Partners
    case startPartner
    case checkPartnerKeys(Partner)
    case checkPartnerAddress(Partner)

    // A server
    case checkServerAddress
    case checkServerKey
    /// The same command again has its effect once.
    case repeatCommand

    // The store
    case findLockHolder
    /// Nothing was changed.
    case tryAgain
    case startStore
    case checkStoreAccess
    case namePrimary
    case useSupportedServer
    case freeConnections
    case migrateStore
    case nameAnotherDatabase
    case useMovedStore
    case correctText
    /// The effect may have been made.
    case lookBeforeRepeating
    case checkPermissions
    case restoreBackup
    case nameAnotherStore
    case freeDisk
    case inspectStore
    case putStoreBack
    case checkDisk
    case correctValue
    case update
    case useOwnBuild
    case freeTemporaryDisk

    /// In the words of the edge that raised the error.
    case words(String)
}
