import PaymentCore
import Payments
import QueueKit
import SQLKit
import WorldKit

/// The contents of the store reached so far, by number.
final class StoreVersions {
    typealias Version = Int32

    /// What the scheduler needs to know of a content.
    struct Facts {
        /// When the next waiting task is due or the next lease expires.
        var nextDue: Instant?
        /// The lease holders, with expiry times.
        var leases: [Lease]
        var orderStatus: OrderStatus?
        /// The digest of the tables that invariants read.
        var payments: UInt64
    }

    struct Lease {
        let holder: String
        let end: Instant
    }

    /// The result of one transaction on a content.
    struct Outcome {
        var result: Result<any Sendable, any Error>
        var version: Version
        /// Tables used by its statements, and tables whose rows differ afterwards, by number.
        var touched: UInt64
        var changed: UInt64
    }

    private let database: RewindableDatabase
    private var contents: [DatabaseContent] = []
    private var facts: [Facts] = []
    /// When the tasks of a content are due, where computed.
    private var dues: [Version: [Instant]] = [:]
    private var versions: [UInt64: Version] = [:]
    let schema: StoreSchema
    private let paymentTables: Set<Int>
    /// The number of transactions run on SQLite.
    private(set) var transactionCount = 0

    /// - Parameter forgets: whether states are normalized, see ``StateNormalization``.
    /// - Throws: ``StoreSchemaError`` when the explorer does not know the schema; ``RewindError``, `SQLError`.
    init(migrations: [SQLMigration] = Schema.migrations, forgets: Bool) throws {
        database = try RewindableDatabase(migrations: migrations) { tables in
            forgets ? StateNormalization.relevantState(try StoreSchema(tables)) : StateNormalization.none
        }
        schema = try StoreSchema(database.tables)
        paymentTables = Set(schema.tables.indices.filter { [schema] in schema.tables[$0].role == .payments })
        _ = try number(of: database.content)
    }

    var count: Int { contents.count }

    func content(_ version: Version) -> DatabaseContent { contents[Int(version)] }

    func facts(_ version: Version) -> Facts { facts[Int(version)] }

    func run(
        isReadOnly: Bool, on version: Version, _ body: (any SQLConnection) throws -> any Sendable
    ) throws -> Outcome {
        try database.restore(contents[Int(version)])
        transactionCount += 1
        let run = database.run(isReadOnly: isReadOnly, body)
        return Outcome(
            result: run.result, version: run.changed == 0 ? version : try number(of: run.content),
            touched: run.touched, changed: run.changed)
    }

    private static func leases(in transaction: StoreTransaction) throws -> [Lease] {
        guard try !transaction.tasks.leaseHolders().isEmpty else { return [] }
        var filter = TaskFilter()
        filter.states = [.running]
        return try transaction.tasks.tasks(filter, at: Machine.startTime).compactMap { task in
            guard let holder = task.leasedBy, let end = task.leaseExpiresAt else { return nil }
            return Lease(holder: holder, end: end)
        }
    }

    /// When the next waiting task is due or lease expires after `now`, although others may be overdue.
    func nextDue(_ version: Version, after now: Instant) throws -> Instant? {
        if let dues = dues[version] { return dues.first { $0 > now } }
        try database.restore(contents[Int(version)])
        let found = try database.run(isReadOnly: true) { connection in
            var filter = TaskFilter()
            filter.states = [.scheduled, .ready, .running]
            return try StoreTransaction(connection).tasks.tasks(filter, at: now).map(\.nextAttemptAt).sorted()
        }.result.get()
        dues[version] = found
        return found.first { $0 > now }
    }

    private func number(of content: DatabaseContent) throws -> Version {
        if let known = versions[content.digest] { return known }
        // The database itself may still have dropped rows.
        try database.restore(content)
        let facts = try database.run(isReadOnly: true) { connection in
            let transaction = StoreTransaction(connection)
            return Facts(
                nextDue: try transaction.tasks.nextDue(kinds: TaskKind.payments),
                leases: try Self.leases(in: transaction),
                orderStatus: try transaction.orders.orders(OrderFilter()).first?.status,
                payments: content.digest { paymentTables.contains($0) })
        }.result.get()
        let version = Version(contents.count)
        contents.append(content)
        self.facts.append(facts)
        versions[content.digest] = version
        return version
    }
}
