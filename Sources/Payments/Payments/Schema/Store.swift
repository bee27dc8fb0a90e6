import PaymentCore
package import SQLKit

/// The store: transactions over the repositories.
package struct Store: Sendable {
    /// The outcome of a write.
    package enum WriteOutcome: Sendable {
        /// It is durable, except for optional tasks that the queue refused.
        case done(stagingFailures: [TaskRepository.StagingFailure])
        /// The engine failed it; nothing changed, and nothing it staged exists.
        case failed(SQLError)
    }

    private let database: any SQLDatabase
    /// Notified when this process has staged a task that is due.
    package let staged = Signal()
    private var observe: @Sendable (WriteOutcome) -> Void = { _ in }

    package init(_ database: any SQLDatabase) { self.database = database }

    /// The same store, which also reports the outcome of every write made through it to `observer`.
    /// - Parameter observer: called after the write, on the writer's task; it must return quickly.
    package func observed(by observer: @escaping @Sendable (WriteOutcome) -> Void) -> Store {
        var store = self
        store.observe = { [observe] outcome in
            observe(outcome)
            observer(outcome)
        }
        return store
    }

    /// A read transaction: one consistent view.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        try await database.read { try body(StoreTransaction($0)) }
    }

    /// A read transaction on the calling thread; nil when that is not possible at the moment.
    ///
    /// For short bodies, and only where ``read(_:)`` can be tried next.
    package func readImmediately<Value: Sendable>(_ body: @Sendable (StoreTransaction) throws -> Value) throws -> Value?
    {
        try database.readImmediately { try body(StoreTransaction($0)) }
    }

    /// Makes the next reads check whether the open file was replaced.
    package func distrustFile() { database.distrustFile() }

    /// A write transaction: one durable change, all of it or nothing.
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
            if hasStaged { staged.notify() }
            return value
        } catch let error as SQLError {
            observe(.failed(error))
            throw error
        }
    }

    /// Closes the store and leaves all of it in its one file; later calls fail.
    package func close() async { await database.close() }
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
    package let taskFigures: TaskFigures
    package let orderStatuses: OrderStatusRepository
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
        orderStatuses = OrderStatusRepository(connection)
        requestKeys = RequestKeyRepository(connection)
        figures = FigureRepository(connection)
    }
}
