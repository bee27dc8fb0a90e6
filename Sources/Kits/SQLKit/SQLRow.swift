/// One row of a result, with its columns by name.
package struct SQLRow: Sendable {
    /// The columns of a result, shared by all its rows.
    package final class Columns: Sendable {
        /// Each column's index in a row.
        package let places: [String: Int]
        /// The source of each column's values, for error messages: `tasks.due_at`.
        package let origins: [String]

        package init(places: [String: Int], origins: [String]) {
            self.places = places
            self.origins = origins
        }
    }

    private let columns: Columns
    private let values: [SQLValue]

    /// A standalone row, for engines and tests without a prepared statement to share columns with.
    package init(_ values: [String: SQLValue]) {
        self.init(
            columns: Columns(
                places: Dictionary(uniqueKeysWithValues: zip(values.keys, 0...)), origins: Array(values.keys)),
            values: Array(values.values))
    }

    package init(columns: Columns, values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// In the order of the columns.
    package var allValues: [SQLValue] { values }

    package func text(_ column: String) throws -> String { try some(column, try optionalText(column)) }
    package func integer(_ column: String) throws -> Int64 { try some(column, try optionalInteger(column)) }
    package func bool(_ column: String) throws -> Bool { try integer(column) != 0 }

    /// - Throws: ``SQLError`` `decoding` for a value outside `range`.
    package func integer(_ column: String, in range: ClosedRange<Int64>) throws -> Int64 {
        try some(column, try optionalInteger(column, in: range))
    }

    /// - Throws: ``SQLError`` `decoding` for a value beyond `range`.
    package func optionalInteger(_ column: String, in range: ClosedRange<Int64>) throws -> Int64? {
        guard let value = try optionalInteger(column) else { return nil }
        guard range.contains(value) else { throw damage(column, "holds a number out of range") }
        return value
    }

    package func real(_ column: String) throws -> Double {
        switch try value(column) {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: throw damage(column, "does not hold a number")
        }
    }

    package func blob(_ column: String) throws -> [UInt8] {
        guard case .blob(let value) = try value(column) else { throw damage(column, "does not hold a blob") }
        return value
    }

    package func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .text(let value): value
        case .null: nil
        default: throw damage(column, "does not hold text")
        }
    }

    package func optionalInteger(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .integer(let value): value
        case .null: nil
        default: throw damage(column, "does not hold an integer")
        }
    }

    /// The error for an invalid value; it does not contain the value.
    /// - Parameter what: the defect, such as `holds an unknown word`.
    package func damage(_ column: String, _ what: String) -> SQLError {
        let origin = columns.places[column].map { columns.origins[$0] } ?? column
        return SQLError(code: .decoding, message: "\(origin) \(what)")
    }

    private func value(_ column: String) throws -> SQLValue {
        guard let place = columns.places[column] else {
            throw SQLError(code: .other, message: "no column \(column) in the result")
        }
        return values[place]
    }

    private func some<Value>(_ column: String, _ value: Value?) throws -> Value {
        guard let value else { throw damage(column, "is null") }
        return value
    }
}
