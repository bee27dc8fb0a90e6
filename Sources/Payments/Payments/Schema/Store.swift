package import MessagingKit
import PaymentCore
package import QueueKit
package import SQLKit

/// The store: transactions over the repositories, with the queue of tasks in the same database.
package struct Store: Sendable {
    /// The channel on which processes signal that they have committed events or changes of orders.
    static let announcedChannel = "events"
    private static let journalChannel = "orders"

    /// The same database as its queue sees it.
    package private(set) var tasks: TaskStore
    let database: any SQLDatabase
    private var announces = false
    /// Notified when this process has committed events.
    let announced = Signal()
    private var reportJournal: @Sendable (Set<String>) -> Void = { _ in }

    package init(_ database: any SQLDatabase) {
        self.database = database
        tasks = TaskStore(database, .payments)
    }

    /// The same store, whose writes also add the ``PaymentEvent`` of each of their journal entries to the outbox, in
    /// the same transaction.
    package func announcing() -> Store {
        var store = self
        store.announces = true
        return store
    }

    /// The same store, which also reports every write made through it.
    ///
    /// Both are called after the write, on the writer's task; they must return quickly.
    /// - Parameters:
    ///   - outcome: called with how the write ended.
    ///   - journal: called with the orders whose journal a write has extended, if any.
    package func observed(
        by outcome: @escaping @Sendable (TaskStore.WriteOutcome) -> Void,
        journal: @escaping @Sendable (_ orderIDs: Set<String>) -> Void = { _ in }
    ) -> Store {
        var store = self
        store.tasks = tasks.observed(by: outcome)
        store.reportJournal = { [reportJournal] orderIDs in
            reportJournal(orderIDs)
            journal(orderIDs)
        }
        return store
    }

    /// A read transaction: one consistent view.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        try await tasks.read { try body(StoreTransaction($0)) }
    }

    /// A read transaction on the calling thread; nil when that is not possible at the moment.
    ///
    /// For short bodies, and only where ``read(_:)`` can be tried next.
    package func readImmediately<Value: Sendable>(_ body: @Sendable (StoreTransaction) throws -> Value) throws -> Value?
    {
        try tasks.readImmediately { try body(StoreTransaction($0)) }
    }

    /// A write transaction: one durable change, all of it or nothing. `body` runs again after a conflict.
    /// - Parameter isolation: `statement` for bodies of one statement, which may overlap with others.
    package func write<Value: Sendable>(
        isolation: SQLIsolation = .snapshot, _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        let (value, orderIDs, hasAnnounced) = try await tasks.write(isolation: isolation) { [announces] tasks in
            let transaction = StoreTransaction(tasks, announces: announces)
            let value = try body(transaction)
            return (value, transaction.journal.extended, announces ? try transaction.announce() : false)
        }
        if hasAnnounced {
            announced.notify()
            database.signal(Self.announcedChannel)
        }
        if !orderIDs.isEmpty {
            reportJournal(orderIDs)
            database.signal(Self.journalChannel)
        }
        return value
    }

    /// Yields an element whenever a process may have changed orders; nil when the engine cannot signal.
    func changesOfOrders() -> AsyncStream<Void>? { database.signals(Self.journalChannel) }

    /// Makes the next reads check whether the open file was replaced.
    package func distrustFile() { tasks.distrustFile() }

    /// Closes the store and leaves all of it in its one file; later calls fail.
    package func close() async { await tasks.close() }
}

/// The repositories of one transaction; valid only within the body they are passed to.
package struct StoreTransaction {
    package let orders: OrderRepository
    package let journal: JournalRepository
    package let operations: OperationRepository
    package let cashback: CashbackRepository
    package let receipts: ReceiptRepository
    package let restaurants: RestaurantRepository
    package let restaurantKeys: RestaurantKeyRepository
    package let tasks: TaskRepository
    var connection: any SQLConnection { tasks.connection }
    /// The events that are to be sent, and those that were.
    package var outbox: Outbox { Outbox(connection) }
    package var keys: KeyFingerprints { KeyFingerprints(connection) }
    package let orderStatuses: OrderStatusRepository
    package let requestKeys: RequestKeyRepository
    package let figures: FigureRepository

    package init(_ tasks: TaskRepository, announces: Bool = false) {
        let connection = tasks.connection
        orders = OrderRepository(connection)
        journal = JournalRepository(connection, announces: announces)
        operations = OperationRepository(connection)
        cashback = CashbackRepository(connection)
        receipts = ReceiptRepository(connection)
        restaurants = RestaurantRepository(connection)
        restaurantKeys = RestaurantKeyRepository(connection)
        self.tasks = tasks
        orderStatuses = OrderStatusRepository(connection)
        requestKeys = RequestKeyRepository(connection)
        figures = FigureRepository(connection)
    }

    package init(_ connection: any SQLConnection) { self.init(TaskRepository(connection, .payments)) }
}
