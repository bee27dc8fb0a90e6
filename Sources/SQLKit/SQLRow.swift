/// One row of a result, its columns by name.
package struct SQLRow: Sendable {
    /// Each column's place in `values`; shared by all rows of a result.
    private let places: [String: Int]
    private let values: [SQLValue]

    /// A row of its own, for engines and tests that have no statement to share places with.
    package init(_ values: [String: SQLValue]) {
        self.init(places: Dictionary(uniqueKeysWithValues: zip(values.keys, 0...)), values: Array(values.values))
    }

    /// - Parameter places: an index into `values` for every column's name.
    init(places: [String: Int], values: [SQLValue]) {
        self.places = places
        self.values = values
    }

    /// In the order of the columns.
    var allValues: [SQLValue] { values }

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
        guard let place = places[column] else {
            throw SQLError(code: .decoding, message: "no column \(column)")
        }
        return values[place]
    }

    private func some<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw SQLError(code: .decoding, message: "column \(column) is null") }
        return value
    }
}
