package import PaymentCore
package import PaymentPartners
import SQLKit
package import WorldKit

/// The clients of all partners reached over HTTP.
package struct Partners: Sendable {
    package var eda: any EdaClient
    package var transactions: any TransactionsClient
    package var cardstorage: any CardstorageClient
    package var cashback: any CashbackClient
    package var check: any CheckClient
    package var storage: any ObjectStorage

    package init(
        eda: any EdaClient, transactions: any TransactionsClient, cardstorage: any CardstorageClient,
        cashback: any CashbackClient, check: any CheckClient, storage: any ObjectStorage
    ) {
        self.eda = eda
        self.transactions = transactions
        self.cardstorage = cardstorage
        self.cashback = cashback
        self.check = check
        self.storage = storage
    }
}

/// The dependencies of every use case. Commands, routes, workers and the explorer are all built on one of these.
package struct Services: Sendable {
    package var store: Store
    package var partners: Partners
    package var world: World
    package var settings: Settings
    package var deeplinks: DeeplinkSigner

    package init(
        store: Store, partners: Partners, world: World, settings: Settings, deeplinks: DeeplinkSigner
    ) {
        self.store = store
        self.partners = partners
        self.world = world
        self.settings = settings
        self.deeplinks = deeplinks
    }
}

extension Services {
    /// Returns if the store can be read, is still the one that was opened, and has not been moved since.
    package func checkStore() async throws {
        store.distrustFile()
        let move = try await store.read { transaction in
            _ = try transaction.orderStatuses.isViewed(orderID: "")
            return try StoreMarks(transaction.connection).move()
        }
        if let move { throw SQLError(code: .moved, message: "to \(move.place)") }
    }
}
