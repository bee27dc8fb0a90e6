import PaymentCore
import Payments
import QueueKit
import SQLKit
import WorldKit

/// The contents of the store reached so far, by number.
final class StoreVersions {
    typealias Versions = ContentVersions<Facts>
    typealias Version = Versions.Version

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

    let versions: Versions
    /// When the tasks of a content are due, where computed.
    private var dues: [Version: [Instant]] = [:]
    let schema: StoreSchema

    /// - Parameter forgets: whether states are normalized, see ``StateNormalization``.
    /// - Throws: ``StoreSchemaError`` when the explorer does not know the schema; ``RewindError``, `SQLError`.
    init(migrations: [SQLMigration] = Schema.migrations, forgets: Bool) throws {
        let database = try RewindableDatabase(migrations: migrations) { tables in
            forgets ? StateNormalization.relevantState(try StoreSchema(tables)) : StateNormalization.none
        }
        let schema = try StoreSchema(database.tables)
        let paymentTables = Set(schema.tables.indices.filter { schema.tables[$0].role == .payments })
        self.schema = schema
        versions = try Versions(database) { connection, content in
            let transaction = StoreTransaction(connection)
            return Facts(
                nextDue: try transaction.tasks.nextDue(kinds: TaskKind.payments),
                leases: try Self.leases(in: transaction),
                orderStatus: try transaction.orders.orders(OrderFilter()).first?.status,
                payments: content.digest { paymentTables.contains($0) })
        }
    }

    var count: Int { versions.count }
    var transactionCount: Int { versions.transactionCount }

    func content(_ version: Version) -> DatabaseContent { versions.content(version) }

    func facts(_ version: Version) -> Facts { versions.facts(version) }

    func run(
        isReadOnly: Bool, on version: Version, _ body: (any SQLConnection) throws -> any Sendable
    ) throws -> Versions.Outcome {
        try versions.run(isReadOnly: isReadOnly, on: version, body)
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
        let found = try versions.read(version) { connection in
            var filter = TaskFilter()
            filter.states = [.scheduled, .ready, .running]
            return try StoreTransaction(connection).tasks.tasks(filter, at: now).map(\.nextAttemptAt).sorted()
        }
        dues[version] = found
        return found.first { $0 > now }
    }
}
