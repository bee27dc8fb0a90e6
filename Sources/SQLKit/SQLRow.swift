/// One row of a result, its columns by name.
package struct SQLRow: Sendable {
    private let values: [String: SQLValue]

    package init(_ values: [String: SQLValue]) { self.values = values }

    package func text(_ column: String) throws -> String { try some(column, try optionalText(column)) }
    package func integer(_ column: String) throws -> Int64 { try some(column, try optionalInteger(column)) }
    package func bool(_ column: String) throws -> Bool { try integer(column) != 0 }

    package func real(_ column: String) throws -> Double {
        switch try value(column) {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: throw SQLError(code: .decoding, message: "column \(column) is no number")
        }
    }

    package func blob(_ column: String) throws -> [UInt8] {
        guard case .blob(let value) = try value(column) else {
            throw SQLError(code: .decoding, message: "column \(column) is no blob")
        }
        return value
    }

    package func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .text(let value): value
        case .null: nil
        default: throw SQLError(code: .decoding, message: "column \(column) is no text")
        }
    }

    package func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .integer(let value): value
        case .null: nil
        default: throw SQLError(code: .decoding, message: "column \(column) is no integer")
        }
    }

    private func value(_ column: String) throws -> SQLValue {
        guard let value = values[column] else {
            throw SQLError(code: .decoding, message: "no column \(column)")
        }
        return value
    }

    private func some<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw SQLError(code: .decoding, message: "column \(column) is null") }
        return value
    }
}
