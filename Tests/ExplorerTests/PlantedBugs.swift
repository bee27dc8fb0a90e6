import Explorer
import PaymentCore
import PaymentPartners
import Payments
import SQLKit
import Simulator
import Synchronization
import WorldKit

/// The production code with one planted bug.
enum PlantedBugs {
    /// The store of a database that lets others in between what a guest's request reads and what it writes, with or
    /// without the conditions of the order's compare-and-set.
    static func readCommitted(isGuarded: Bool) -> Variant {
        planted { program, environment in
            guard case .pay = program else { return }
            environment.services.store = Store(ReadCommitted(real: environment.database, isGuarded: isGuarded))
        }
    }

    /// Reports are applied to whatever operation the order waits for.
    static let operationNumberIgnored = Variant(name: "planted", summary: "") { program, environment in
        guard case .report(var callback) = program else {
            return try await Variant.production.run(program, environment)
        }
        let orderID = environment.orderID
        let order = try await environment.services.store.read { try $0.orders.order(id: orderID) }
        callback.operation.number = order?.operation ?? 0
        return try await Variant.production.run(.report(callback), environment)
    }

    /// Every attempt to post cashback has a key of its own.
    static var cashbackKeyDropped: Variant {
        var variant = planted { _, environment in
            environment.services.partners.cashback = KeylessCashback(
                real: environment.services.partners.cashback, newID: environment.services.world.newID)
        }
        variant.invariants = [.cashbackOnce]
        return variant
    }

    /// A request's tasks are staged in a second transaction.
    static let taskStagedOutside = planted { program, environment in
        guard case .pay = program else { return }
        environment.services.store = Store(LateStaging(real: environment.database))
    }

    /// Leftover holds are not voided.
    static let holdNotVoided = planted { _, environment in
        environment.services.store = Store(
            Rewriting(real: environment.database) { sql, parameters in
                let isVoid = parameters.contains {
                    if case .text(let text) = $0 { text.hasSuffix(":void") } else { false }
                }
                return sql.hasPrefix("INSERT INTO tasks") && isVoid ? nil : sql
            })
    }

    private static func planted(_ plant: @escaping @Sendable (Program, inout ProgramEnvironment) -> Void) -> Variant {
        Variant(name: "planted", summary: "") { program, environment in
            var environment = environment
            plant(program, &environment)
            return try await Variant.production.run(program, environment)
        }
    }
}

private struct KeylessCashback: CashbackClient {
    let real: any CashbackClient
    let newID: @Sendable () -> String

    func post(_ entry: CashbackEntry) async throws {
        var entry = entry
        entry.key = newID()
        try await real.post(entry)
    }

    func ledgerPages(
        orderID: String?, since: Instant?, until: Instant?,
        _ receive: ([CashbackLedgerRow]) async throws -> Void
    ) async throws {
        try await real.ledgerPages(orderID: orderID, since: since, until: until, receive)
    }
}

// MARK: Databases

/// Rewrites statements; nil skips one.
private struct Rewriting: SQLDatabase {
    let real: any SQLDatabase
    let rewrite: @Sendable (String, [SQLValue]) -> String?

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        nil
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.write { [rewrite] in try body(RewritingConnection(real: $0, rewrite: rewrite)) }
    }

    func close() async {}
}

private struct RewritingConnection: SQLConnection {
    let real: any SQLConnection
    let rewrite: (String, [SQLValue]) -> String?

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { try real.query(sql, parameters) }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        guard let sql = rewrite(sql, parameters) else { return 1 }
        return try real.execute(sql, parameters)
    }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try real.forEachRow(sql, parameters, body)
    }
}

/// Stages tasks only after the transaction that requires them.
private struct LateStaging: SQLDatabase {
    let real: any SQLDatabase

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        nil
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        let (value, late) = try await real.write { connection in
            let late = Collected<(sql: String, parameters: [SQLValue])>()
            let value = try body(
                RewritingConnection(real: connection) { sql, parameters in
                    guard sql.hasPrefix("INSERT INTO tasks") else { return sql }
                    late.append((sql, parameters))
                    return nil
                })
            return (value, late.all)
        }
        if !late.isEmpty {
            try await real.write { connection in
                for (sql, parameters) in late { try connection.execute(sql, parameters) }
            }
        }
        return value
    }

    func close() async {}
}

/// Reads and writes in two transactions: others may run in between, as in a database that only reads what is
/// committed.
private struct ReadCommitted: SQLDatabase {
    let real: any SQLDatabase
    let isGuarded: Bool

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await real.read(body)
    }

    func readImmediately<Value: Sendable>(_ body: @Sendable (any SQLConnection) throws -> Value) throws -> Value? {
        nil
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        let seen = try await real.read { connection in
            let seen = Collected<[SQLRow]>()
            _ = try body(Recording(real: connection, seen: seen))
            return seen.all
        }
        return try await real.write { [isGuarded] in
            try body(Repeating(real: $0, isGuarded: isGuarded, seen: Collected(seen)))
        }
    }

    func close() async {}
}

/// Records reads and writes nothing.
private struct Recording: SQLConnection {
    let real: any SQLConnection
    let seen: Collected<[SQLRow]>

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        let rows = try real.query(sql, parameters)
        seen.append(rows)
        return rows
    }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try body() }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int { 1 }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try query(sql, parameters).forEach(body)
    }
}

/// Reads the records and writes.
private struct Repeating: SQLConnection {
    let real: any SQLConnection
    let isGuarded: Bool
    let seen: Collected<[SQLRow]>

    var dialect: SQLDialect { real.dialect }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] { seen.popFirst() ?? [] }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        guard !isGuarded, sql.hasPrefix("UPDATE orders"), let guards = sql.firstRange(of: " AND status") else {
            return try real.execute(sql, parameters)
        }
        // The parameters must be used somewhere.
        let places = sql[guards.lowerBound...].matches(of: /\$[0-9]+/).map { String($0.output) }
        return try real.execute(
            sql[..<guards.lowerBound] + " AND COALESCE(\(places.joined(separator: ", "))) IS NOT NULL", parameters)
    }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try query(sql, parameters).forEach(body)
    }
}

private final class Collected<Element: Sendable>: Sendable {
    private let elements: Mutex<[Element]>

    init(_ elements: [Element] = []) { self.elements = Mutex(elements) }

    var all: [Element] { elements.withLock { $0 } }
    func append(_ element: Element) { elements.withLock { $0.append(element) } }
    func popFirst() -> Element? { elements.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
