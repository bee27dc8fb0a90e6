import PaymentCore
package import SQLKit

/// The store: transactions over the repositories.
package struct Store: Sendable {
    /// What became of a write.
    package enum WriteOutcome: Sendable {
        /// It is durable, but for tasks that it could do without and that the queue refused.
        case done(stagingFailures: [TaskRepository.StagingFailure])
        /// The engine failed it; nothing changed, and nothing it staged exists.
        case failed(SQLError)
    }

    private let database: any SQLDatabase
    /// Rings when this process has staged a task that is due.
    package let staged = Bell()
    private var observe: @Sendable (WriteOutcome) -> Void = { _ in }

    package init(_ database: any SQLDatabase) { self.database = database }

    /// The same store, which also tells `observer` what became of every write made through it.
    /// - Parameter observer: called after the write, by whoever made it; it must not take long.
    package func observed(by observer: @escaping @Sendable (WriteOutcome) -> Void) -> Store {
        var store = self
        store.observe = { [observe] outcome in
            observe(outcome)
            observer(outcome)
        }
        return store
    }

    /// One consistent view.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        try await database.read { try body(StoreTransaction($0)) }
    }

    /// One consistent view, here and now on the calling thread; nil when that is not possible at the moment.
    ///
    /// For short bodies, and only where ``read(_:)`` can be tried next.
    package func readImmediately<Value: Sendable>(_ body: @Sendable (StoreTransaction) throws -> Value) throws -> Value?
    {
        try database.readImmediately { try body(StoreTransaction($0)) }
    }

    /// One durable change: all of it or nothing.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        do {
            let (value, hasStaged, stagingFailures) = try await database.write { connection in
                let transaction = StoreTransaction(connection)
                let value = try body(transaction)
                return (value, transaction.tasks.hasStaged, transaction.tasks.stagingFailures)
            }
            observe(.done(stagingFailures: stagingFailures))
            if hasStaged { staged.ring() }
            return value
        } catch let error as SQLError {
            observe(.failed(error))
            throw error
        }
    }

    /// Lets go of the store, so that all of it is in its one file; later calls fail.
    package func close() async { await database.close() }
}

/// The repositories of one transaction; valid only within the body it is handed to.
package struct StoreTransaction {
    package let orders: OrderRepository
    package let journal: JournalRepository
    package let operations: OperationRepository
    package let cashback: CashbackRepository
    package let receipts: ReceiptRepository
    package let restaurants: RestaurantRepository
    package let restaurantKeys: RestaurantKeyRepository
    package let tasks: TaskRepository
    package let taskFigures: TaskFigures
    package let standings: StandingRepository
    package let requestKeys: RequestKeyRepository
    package let figures: FigureRepository

    package init(_ connection: any SQLConnection) {
        orders = OrderRepository(connection)
        journal = JournalRepository(connection)
        operations = OperationRepository(connection)
        cashback = CashbackRepository(connection)
        receipts = ReceiptRepository(connection)
        restaurants = RestaurantRepository(connection)
        restaurantKeys = RestaurantKeyRepository(connection)
        tasks = TaskRepository(connection)
        taskFigures = TaskFigures(connection)
        standings = StandingRepository(connection)
        requestKeys = RequestKeyRepository(connection)
        figures = FigureRepository(connection)
    }
}
