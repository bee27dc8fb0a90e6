import EncodingKit

/// The query of a URL as names and values, in order; names may repeat.
package enum URLQuery {
    package typealias Item = (name: String, value: String)

    /// Parses `a=1&b=2`; a name without `=` has an empty value, empty items are skipped.
    ///
    /// - Returns: nil when the percent-encoding is malformed or there are more than `maximumCount` items.
    package static func parse(_ query: some StringProtocol, maximumCount: Int = 64) -> [Item]? {
        var items: [Item] = []
        for piece in query.utf8.split(separator: UInt8(ascii: "&")) {
            guard items.count < maximumCount else { return nil }
            let equals = piece.firstIndex(of: UInt8(ascii: "=")) ?? piece.endIndex
            guard let name = PercentEncoding.decode(String(decoding: piece[..<equals], as: UTF8.self)),
                let value = PercentEncoding.decode(String(decoding: piece[equals...].dropFirst(), as: UTF8.self))
            else { return nil }
            items.append((name, value))
        }
        return items
    }

    /// Writes `a=1&b=2`, with everything but unreserved characters encoded.
    package static func build(_ items: [Item]) -> String {
        items.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}
