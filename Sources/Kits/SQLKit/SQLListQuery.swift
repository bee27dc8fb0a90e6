/// A query for a list of values of any length.
///
/// The list is padded to a power of two with its last value, so that a few prepared statements serve every length.
package struct SQLListQuery: Sendable {
    private let make: @Sendable (_ power: Int) -> String
    private let usual: [String]

    /// - Parameters:
    ///   - parameters: how many precede the list.
    ///   - text: the statement with the list's placeholders.
    package init(parameters: Int = 0, _ text: @escaping @Sendable (_ places: String) -> String) {
        let make: @Sendable (Int) -> String = { power in
            text((1...1 << power).map { "$\($0 + parameters)" }.joined(separator: ", "))
        }
        self.make = make
        usual = (0...10).map(make)
    }

    /// Passes the rows to `body`; none for an empty list.
    package func forEachRow(
        on connection: any SQLConnection, _ parameters: [SQLValue] = [], of list: [SQLValue],
        _ body: (SQLRow) throws -> Void
    ) throws {
        guard let last = list.last else { return }
        var power = 0
        while 1 << power < list.count { power += 1 }
        let padding = Array(repeating: last, count: 1 << power - list.count)
        try connection.forEachRow(
            power < usual.count ? usual[power] : make(power), parameters + list + padding, body)
    }
}
