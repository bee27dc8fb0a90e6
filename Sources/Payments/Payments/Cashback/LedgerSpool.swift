package import PaymentCore
package import SQLKit
import SQLiteEngine
import WorldKit

/// A temporary store for a ledger of any size, queried by order; deleted when closed.
///
/// Small ledgers stay in memory; larger ones go to an unnamed file in SQLite's temporary directory: `$SQLITE_TMPDIR`,
/// `$TMPDIR` or `/var/tmp`.
package struct LedgerSpool: Sendable {
    /// The spool itself failed, not the store.
    package struct Failure: Error, Hashable, Sendable {
        package var cause: SQLError
    }

    private let database: SQLiteDatabase

    private static let columns = "id, key, order_id, uid, kind, currency, amount, at"

    /// - Throws: ``Failure``, like every function here.
    package static func open() async throws -> LedgerSpool {
        let table = SQLMigration(
            version: 1, name: "rows of a ledger",
            sql: """
                CREATE TABLE entries (
                    position INTEGER PRIMARY KEY,
                    id TEXT NOT NULL,
                    key TEXT NOT NULL,
                    order_id TEXT NOT NULL,
                    uid TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    currency TEXT NOT NULL,
                    amount INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    -- Of an order that we know.
                    is_ours INTEGER NOT NULL
                );
                """)
        return try await mappingErrors {
            LedgerSpool(database: try await SQLiteDatabase.open(.temporary, migrations: [table]))
        }
    }

    /// - Parameter isOurs: whether each row is for an order that we know, row by row.
    package func append(_ rows: [CashbackLedgerRow], isOurs: [Bool]) async throws {
        try await write { connection in
            for (row, isOurs) in zip(rows, isOurs) {
                let entry = row.entry
                try connection.execute(
                    """
                    INSERT INTO entries (\(Self.columns), is_ours) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """,
                    [
                        .text(row.id), .text(entry.key), .text(entry.orderID), .text(entry.uid),
                        .text(entry.kind.rawValue), .text(entry.amount.currency.code), .minorUnits(entry.amount),
                        .instant(row.at), .integer(isOurs ? 1 : 0),
                    ])
            }
        }
    }

    /// Prepares for queries; to be called once, after the last row.
    package func index() async throws {
        try await write { connection in
            // One sort at the end is far less work than maintaining an index while rows arrive.
            try connection.execute("CREATE INDEX entries_by_order ON entries (order_id, at, id)")
            try connection.execute("CREATE INDEX strangers ON entries (order_id, at, id) WHERE is_ours = 0")
        }
    }

    /// The rows of each of the orders, oldest first.
    package func rows(of orderIDs: [String]) async throws -> [[CashbackLedgerRow]] {
        try await read { connection in
            try orderIDs.map { orderID in
                try connection.query(
                    "SELECT \(Self.columns) FROM entries WHERE order_id = $1 ORDER BY at, id", [.text(orderID)]
                ).map(Self.row)
            }
        }
    }

    /// The next unknown order ids after `orderID`.
    package func unknownOrderIDs(after orderID: String, limit: Int) async throws -> [String] {
        try await read { connection in
            try connection.query(
                """
                SELECT DISTINCT order_id FROM entries WHERE is_ours = 0 AND order_id > $1 ORDER BY order_id LIMIT $2
                """, [.text(orderID), .integer(limit)]
            ).map { try $0.text("order_id") }
        }
    }

    package func close() async { await database.close() }

    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await Self.mappingErrors { [database] in try await database.read(body) }
    }

    private func write(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await Self.mappingErrors { [database] in try await database.write(body) }
    }

    private static func mappingErrors<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value
    {
        do {
            return try await body()
        } catch let error as SQLError {
            throw Failure(cause: error)
        }
    }

    /// A row as the partner reported it, however implausible: it is compared, not trusted.
    private static func row(_ row: SQLRow) throws -> CashbackLedgerRow {
        CashbackLedgerRow(
            id: try row.text("id"),
            entry: CashbackEntry(
                key: try row.text("key"), orderID: try row.text("order_id"), uid: try row.text("uid"),
                kind: try row.word("kind"),
                amount: Money(minorUnits: try row.integer("amount"), currency: try row.currency())),
            at: Instant(microseconds: try row.integer("at")))
    }
}
