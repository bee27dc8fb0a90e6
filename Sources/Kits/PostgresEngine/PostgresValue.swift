internal import CPQ
import SQLKit

/// The parameters of one statement as libpq takes them: NUL-terminated text, and bytes for blobs.
struct PostgresParameters {
    private var storage: [UInt8] = []
    /// The offset of each parameter; nil for NULL.
    private var places: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// - Throws: ``SQLError`` for text that contains U+0000, which PostgreSQL cannot store.
    init(_ values: [SQLValue]) throws(SQLError) {
        for value in values {
            switch value {
            case .null:
                places.append(nil)
                lengths.append(0)
                formats.append(0)
            case .integer(let number): add("\(number)".utf8, format: 0)
            case .real(let number): add("\(number)".utf8, format: 0)
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw SQLError(code: .unsupportedValue, message: "a text contains the character U+0000")
                }
                add(text.utf8, format: 0)
            case .blob(let bytes): add(bytes, format: 1)
            }
        }
    }

    private mutating func add(_ bytes: some Collection<UInt8>, format: Int32) {
        places.append(storage.count)
        lengths.append(Int32(clamping: bytes.count))
        formats.append(format)
        storage += bytes
        storage.append(0)
    }

    func withPointers<Result>(
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Result
    ) -> Result {
        storage.withUnsafeBytes { storage in
            let pointers = places.map { place in
                place.flatMap { storage.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return body(Int32(places.count), pointers, lengths, formats)
        }
    }
}

/// The result of one statement.
struct PostgresResult {
    /// Number of rows changed.
    var changed = 0
    var rows: [SQLRow] = []
}

/// The columns of a prepared statement, and how their values are read.
struct PostgresColumns {
    private enum Form { case integer, real, numeric, bool, blob, text }

    let columns: SQLRow.Columns
    private let forms: [Form]

    init(_ result: OpaquePointer, _ pq: PQFunctions) {
        let count = pq.PQnfields(result)
        var (places, names, forms): ([String: Int], [String], [Form]) = ([:], [], [])
        for index in 0..<count {
            let name = pq.PQfname(result, index).map { String(cString: $0) } ?? ""
            places[name] = Int(index)
            names.append(name)
            forms.append(Self.form(of: pq.PQftype(result, index)))
        }
        columns = SQLRow.Columns(places: places, origins: names)
        self.forms = forms
    }

    private static func form(of type: Oid) -> Form {
        switch type {
        case CPQ_INT8, CPQ_INT4, CPQ_INT2: .integer
        case CPQ_FLOAT8, CPQ_FLOAT4: .real
        case CPQ_NUMERIC: .numeric
        case CPQ_BOOL: .bool
        case CPQ_BYTEA: .blob
        default: .text
        }
    }

    func row(_ row: Int32, of result: OpaquePointer, _ pq: PQFunctions) -> SQLRow {
        SQLRow(
            columns: columns,
            values: forms.indices.map { index in
                let column = Int32(index)
                guard pq.PQgetisnull(result, row, column) == 0, let bytes = pq.PQgetvalue(result, row, column) else {
                    return .null
                }
                let length = Int(pq.PQgetlength(result, row, column))
                return Self.value(forms[index], bytes, length, pq)
            })
    }

    private static func value(
        _ form: Form, _ bytes: UnsafeMutablePointer<CChar>, _ length: Int, _ pq: PQFunctions
    ) -> SQLValue {
        func text() -> String {
            bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
                String(decoding: UnsafeBufferPointer(start: $0, count: length), as: UTF8.self)
            }
        }
        switch form {
        case .integer: return Int64(text()).map(SQLValue.integer) ?? .text(text())
        case .real: return Double(text()).map(SQLValue.real) ?? .text(text())
        // The sum of integers has no fraction.
        case .numeric: return Int64(text()).map(SQLValue.integer) ?? Double(text()).map(SQLValue.real) ?? .text(text())
        case .bool: return .bool(bytes.pointee == CChar(UInt8(ascii: "t")))
        case .text: return .text(text())
        case .blob:
            var count = 0
            return bytes.withMemoryRebound(to: UInt8.self, capacity: length + 1) { escaped in
                guard let plain = pq.PQunescapeBytea(escaped, &count) else { return .null }
                defer { pq.PQfreemem(plain) }
                return .blob(Array(UnsafeBufferPointer(start: plain, count: count)))
            }
        }
    }
}
