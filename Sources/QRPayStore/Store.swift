import QRPayDomain
package import SQLKit

/// The store: transactions over the repositories.
package struct Store: Sendable {
    private let database: any SQLDatabase
    /// Rings when this process has staged a task that is due.
    package let staged = Bell()

    package init(_ database: any SQLDatabase) { self.database = database }

    /// One consistent view.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        try await database.read { try body(StoreTransaction($0)) }
    }

    /// One durable change: all of it or nothing.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        let (value, hasStaged) = try await database.write { connection in
            let transaction = StoreTransaction(connection)
            let value = try body(transaction)
            return (value, transaction.tasks.hasStaged)
        }
        if hasStaged { staged.ring() }
        return value
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
    package let tasks: TaskRepository

    package init(_ connection: any SQLConnection) {
        orders = OrderRepository(connection)
        journal = JournalRepository(connection)
        operations = OperationRepository(connection)
        cashback = CashbackRepository(connection)
        receipts = ReceiptRepository(connection)
        restaurants = RestaurantRepository(connection)
        tasks = TaskRepository(connection)
    }
}
