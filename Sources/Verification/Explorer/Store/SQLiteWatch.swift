import CSQLite
import SQLKit
import SQLiteEngine

/// Records which rows change on a connection, and which tables its statements use.
final class SQLiteWatch {
    private let numbers: [String: Int]
    /// The name of each table's rowid.
    private let keys: [String: String]
    private var changes: [(table: Int, rowID: Int64)] = []
    /// The tables used by a statement, recorded while it is prepared, by its text.
    private var named: [String: UInt64] = [:]
    private var naming: UInt64 = 0
    /// The tables used since ``begin()``, by number.
    private(set) var touched: UInt64 = 0

    /// Watches while the connection is open; this object must outlive it.
    init(_ tables: [RewindableTable], on handle: OpaquePointer) {
        numbers = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.number) })
        keys = Dictionary(uniqueKeysWithValues: tables.map { ($0.name, $0.key) })
        let this = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_update_hook(
            handle,
            { context, _, _, table, rowID in
                guard let context, let table else { return }
                Unmanaged<SQLiteWatch>.fromOpaque(context).takeUnretainedValue()
                    .rowChanged(String(cString: table), rowID)
            }, this)
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_OK }
                return Unmanaged<SQLiteWatch>.fromOpaque(context).takeUnretainedValue().authorize(
                    action, first.map { String(cString: $0) } ?? "", second.map { String(cString: $0) } ?? "")
            }, this)
    }

    /// Clears the records.
    func begin() {
        changes.removeAll(keepingCapacity: true)
        touched = 0
    }

    /// The rows that may have changed, each once, in order of change.
    func takeChanges() -> [(table: Int, rowID: Int64)] {
        defer { changes.removeAll(keepingCapacity: true) }
        var once: [(table: Int, rowID: Int64)] = []
        for change in changes where !once.contains(where: { $0 == change }) { once.append(change) }
        return once
    }

    /// Records the tables used by the statement; `run` may prepare it.
    /// - Throws: ``SQLError`` for a statement that replaces rows: those it deletes are not reported.
    func noting<Value>(_ sql: String, _ run: () throws -> Value) throws -> Value {
        if let known = named[sql] {
            touched |= known
            return try run()
        }
        let upper = sql.uppercased()
        guard !upper.hasPrefix("REPLACE"), !upper.contains("OR REPLACE") else {
            throw SQLError(code: .other, message: "the explorer cannot follow a statement that replaces rows", sql: sql)
        }
        // Another statement may be prepared while rows are read.
        let outer = naming
        naming = 0
        defer {
            named[sql] = naming
            touched |= naming
            naming |= outer
        }
        return try run()
    }

    private func rowChanged(_ table: String, _ rowID: Int64) {
        if let number = numbers[table] { changes.append((number, rowID)) }
    }

    /// Notes the table that a part of a statement uses, and refuses what changes rows unseen.
    private func authorize(_ action: Int32, _ first: String, _ second: String) -> Int32 {
        // The first argument is a table only for some actions; unknown names are ignored.
        if let number = numbers[first] { naming |= 1 << UInt64(number) }
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_INSERT, SQLITE_FUNCTION, SQLITE_RECURSIVE, SQLITE_TRANSACTION,
            SQLITE_SAVEPOINT:
            return SQLITE_OK
        case SQLITE_DELETE:
            // Without this answer a DELETE of all rows empties the table at once and reports no row.
            return SQLITE_IGNORE
        case SQLITE_UPDATE:
            // An update is reported with the new rowid only.
            return keys[first]?.uppercased() == second.uppercased() ? SQLITE_DENY : SQLITE_OK
        case SQLITE_PRAGMA:
            return second.isEmpty ? SQLITE_OK : SQLITE_DENY
        default:
            // Changes of the schema.
            return SQLITE_DENY
        }
    }
}

/// A connection whose statements are recorded.
struct WatchedConnection: SQLConnection {
    let real: SQLiteConnection
    let watch: SQLiteWatch

    var dialect: SQLDialect { real.dialect }

    func savepoint<Value>(_ body: () throws -> Value) throws -> Value { try real.savepoint(body) }

    func query(_ sql: String, _ parameters: [SQLValue]) throws -> [SQLRow] {
        try watch.noting(sql) { try real.query(sql, parameters) }
    }

    func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int {
        try watch.noting(sql) { try real.execute(sql, parameters) }
    }

    func forEachRow(_ sql: String, _ parameters: [SQLValue], _ body: (SQLRow) throws -> Void) throws {
        try watch.noting(sql) { try real.forEachRow(sql, parameters, body) }
    }
}
