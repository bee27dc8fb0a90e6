import CSQLite
import SQLKit
import SQLiteEngine

/// Records which rows change on a connection, and which tables its statements use.
final class SQLiteWatch {
    private let numbers: [String: Int]
    private var changes: [(table: Int, rowID: Int64)] = []
    /// The tables used by a statement, recorded while it is prepared, by its text.
    private var named: [String: UInt64] = [:]
    private var naming: UInt64 = 0
    /// The tables used since ``begin()``, by number.
    private(set) var touched: UInt64 = 0

    /// Watches while the connection is open; this object must outlive it.
    init(_ tables: [String], on handle: OpaquePointer) {
        numbers = Dictionary(uniqueKeysWithValues: zip(tables, 0...))
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
            { context, _, table, _, _, _ in
                if let context, let table {
                    Unmanaged<SQLiteWatch>.fromOpaque(context).takeUnretainedValue().tableNamed(String(cString: table))
                }
                return SQLITE_OK
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
    func noting<Value>(_ sql: String, _ run: () throws -> Value) rethrows -> Value {
        if let known = named[sql] {
            touched |= known
            return try run()
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

    private func tableNamed(_ table: String) {
        // The first argument is a table only for some actions; unknown names are ignored.
        if let number = numbers[table] { naming |= 1 << UInt64(number) }
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
