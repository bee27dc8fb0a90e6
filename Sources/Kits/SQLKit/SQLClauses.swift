/// Conditions joined by AND, with their bound values.
package struct SQLClauses {
    private var conditions: [String] = []
    package private(set) var parameters: [SQLValue] = []

    package init() {}

    /// Reserves the next parameter and returns its placeholder, `$3`.
    package mutating func bind(_ value: SQLValue) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    /// Adds `condition` followed by `value` as a bound parameter; a nil value adds nothing.
    package mutating func add(_ condition: String, _ value: SQLValue?) {
        guard let value else { return }
        conditions.append(condition + bind(value))
    }

    /// Adds "`column` is one of `values`"; no values add nothing.
    package mutating func add(_ column: String, in values: [SQLValue]) {
        guard !values.isEmpty else { return }
        let places = values.map { bind($0) }.joined(separator: ", ")
        conditions.append("\(column) IN (\(places))")
    }

    /// Adds a condition without a bound value.
    package mutating func add(_ condition: String) { conditions.append(condition) }

    /// `WHERE a AND b`, or nothing.
    package var text: String { conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ") }
}
