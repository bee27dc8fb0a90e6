import CSQLite
import SQLKit

/// One reusable prepared statement.
final class SQLiteStatement {
    /// Whether it cannot change the database file.
    let isReadOnly: Bool
    /// Whether it is BEGIN, COMMIT, SAVEPOINT, ATTACH or the like: read-only and without a result.
    let controlsConnection: Bool
    /// Whether its rows are being read.
    private(set) var isRunning = false
    /// When it was last used, by the connection's use counter.
    var lastUse = 0

    private let handle: OpaquePointer
    private let sql: String
    /// For each SQLite parameter index, the `n` of its `$n`.
    private let numbers: [Int]
    private var columns = SQLRow.Columns(places: [:], origins: [])
    /// SQLite's re-prepare count, which a schema change increments, when `columns` were read; -1 if never.
    private var columnsAge: Int32 = -1

    /// Prepares exactly one statement with parameters `$1` to `$n`, in any order and possibly repeated.
    init(_ sql: String, connection: OpaquePointer) throws {
        func refuse(_ reason: String) -> SQLError { SQLError(code: .other, message: reason, sql: sql) }

        guard !sql.utf8.contains(0) else { throw refuse("a statement contains a NUL character") }
        guard let handle = try Self.prepare(sql, connection) else { throw refuse("no statement") }
        self.handle = handle
        self.sql = sql
        isReadOnly = sqlite3_stmt_readonly(handle) != 0
        controlsConnection = isReadOnly && sqlite3_column_count(handle) == 0
        let names = (0..<sqlite3_bind_parameter_count(handle)).map { sqlite3_bind_parameter_name(handle, $0 + 1) }
        numbers = names.map { name in
            guard let name, name[0] == UInt8(ascii: "$") else { return 0 }
            return Int(String(cString: name + 1)) ?? 0
        }
        guard Set(numbers) == Set(numbers.indices.map { $0 + 1 }) else {
            throw refuse("parameters are not $1 to $\(numbers.count)")
        }
    }

    deinit { sqlite3_finalize(handle) }

    /// Compiles `sql`; nil if it consists of whitespace and comments.
    private static func prepare(_ sql: String, _ connection: OpaquePointer) throws -> OpaquePointer? {
        var sql = sql
        return try sql.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { text in
                var first: OpaquePointer?
                var rest = text.baseAddress
                let persistent = UInt32(SQLITE_PREPARE_PERSISTENT)
                let result = sqlite3_prepare_v3(
                    connection, rest, Int32(clamping: text.count), persistent, &first, &rest)
                guard result == SQLITE_OK else {
                    throw SQLError(connection: connection, sql: String(decoding: bytes, as: UTF8.self))
                }
                guard let start = text.baseAddress, let rest, rest - start < text.count else { return first }
                var second: OpaquePointer?
                let remaining = Int32(clamping: text.count - (rest - start))
                let isBlank = sqlite3_prepare_v3(connection, rest, remaining, 0, &second, nil) == SQLITE_OK
                guard isBlank, second == nil else {
                    sqlite3_finalize(first)
                    sqlite3_finalize(second)
                    throw SQLError(
                        code: .other, message: "more than one statement",
                        sql: String(decoding: bytes, as: UTF8.self))
                }
                return first
            }
        }
    }

    /// Runs the statement to completion.
    ///
    /// A writing statement completes even if `eachRow` throws: its effect must not depend on how many RETURNING rows
    /// were read.
    func run(_ parameters: [SQLValue], eachRow: (SQLRow) throws -> Void) throws {
        isRunning = true
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
            isRunning = false
        }
        try bind(parameters)
        while try step() {
            do {
                try eachRow(try row())
            } catch {
                while try !isReadOnly && step() {}
                throw error
            }
        }
    }

    /// Advances to the next row; false at the end.
    private func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw SQLError(connection: sqlite3_db_handle(handle), sql: sql)
        }
    }

    private func bind(_ parameters: [SQLValue]) throws {
        guard parameters.count == numbers.count else {
            throw SQLError(
                code: .other, message: "\(parameters.count) values for \(numbers.count) parameters", sql: sql)
        }
        for (offset, number) in numbers.enumerated() {
            guard bind(parameters[number - 1], at: Int32(offset + 1)) == SQLITE_OK else {
                throw SQLError(connection: sqlite3_db_handle(handle), sql: sql)
            }
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, index)
        case .integer(let value): return sqlite3_bind_int64(handle, index, value)
        case .real(let value): return sqlite3_bind_double(handle, index, value)
        case .text(var value):
            return value.withUTF8 { csqlite_bind_text(handle, index, $0.baseAddress, UInt64($0.count)) }
        case .blob(let value):
            return value.withUnsafeBytes { csqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count)) }
        }
    }

    private func row() throws -> SQLRow {
        let age = sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0)
        if age != columnsAge {
            columns = try readColumns()
            columnsAge = age
        }
        return SQLRow(columns: columns, values: (0..<Int32(columns.origins.count)).map(value(at:)))
    }

    /// - Throws: `other` when two columns have the same name, because a lookup by name would be ambiguous.
    private func readColumns() throws -> SQLRow.Columns {
        var places: [String: Int] = [:]
        var origins: [String] = []
        for place in 0..<sqlite3_column_count(handle) {
            let name = sqlite3_column_name(handle, place).map { String(cString: $0) } ?? ""
            guard places.updateValue(Int(place), forKey: name) == nil else {
                throw SQLError(code: .other, message: "two columns named \(name)", sql: sql)
            }
            origins.append(origin(of: place) ?? name)
        }
        return SQLRow.Columns(places: places, origins: origins)
    }

    /// The source table and column of a result column; for a computed one, the statement's first table and the column's
    /// alias.
    private func origin(of place: Int32) -> String? {
        if let table = sqlite3_column_table_name(handle, place), let column = sqlite3_column_origin_name(handle, place)
        {
            return "\(String(cString: table)).\(String(cString: column))"
        }
        let words = sql.split(whereSeparator: \.isWhitespace)
        guard let from = words.firstIndex(of: "FROM"), let table = words[from...].dropFirst().first,
            let name = sqlite3_column_name(handle, place)
        else { return nil }
        return "\(table).\(String(cString: name))"
    }

    private func value(at place: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, place) {
        case SQLITE_INTEGER:
            return .integer(sqlite3_column_int64(handle, place))
        case SQLITE_FLOAT:
            return .real(sqlite3_column_double(handle, place))
        case SQLITE_TEXT:
            let start = sqlite3_column_text(handle, place)
            let count = Int(sqlite3_column_bytes(handle, place))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, place)
            let count = Int(sqlite3_column_bytes(handle, place))
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default:
            return .null
        }
    }
}
