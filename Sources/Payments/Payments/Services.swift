package import PaymentCore
package import PaymentPartners
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
    /// Returns when the store can be read and is still the one that was opened.
    package func checkStore() async throws {
        store.distrustFile()
        _ = try await store.read { try $0.orderStatuses.isViewed(orderID: "") }
    }
}
