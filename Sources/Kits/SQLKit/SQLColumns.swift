import JSONKit
package import WorldKit

/// How common types are stored in columns.
extension SQLValue {
    package static func instant(_ value: Instant) -> SQLValue { .integer(value.microseconds) }
    package static func instant(_ value: Instant?) -> SQLValue { .integer(value?.microseconds) }

    package static func json(_ value: some Encodable) throws -> SQLValue { .text(try jsonText(value)) }

    /// A text for people, from any source: engines that cannot store U+0000 get U+FFFD instead.
    package static func message(_ value: String) -> SQLValue {
        .text(value.utf8.contains(0) ? value.replacing("\0", with: "\u{FFFD}") : value)
    }

    package static func message(_ value: String?) -> SQLValue { value.map { message($0) } ?? .null }

    /// A PostgreSQL array, for `$1::bigint[]` and `unnest`.
    package static func array(_ numbers: [Int64]) -> SQLValue {
        .text("{\(numbers.map(String.init).joined(separator: ","))}")
    }

    /// A PostgreSQL array, for `$1::text[]` and `unnest`.
    package static func array(_ texts: [String]) -> SQLValue {
        let quoted = texts.map { "\"\($0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }
        return .text("{\(quoted.joined(separator: ","))}")
    }

    /// Texts by name, as a JSON object.
    package static func words(_ words: [String: String]) -> SQLValue { .text(JSONWords.text(words)) }

    package static func jsonText(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value), as: UTF8.self)
    }
}

extension SQLRow {
    /// Microseconds since 1970 UTC.
    package func instant(_ column: String) throws -> Instant {
        Instant(microseconds: try integer(column, in: Instant.microsecondRange))
    }

    package func optionalInstant(_ column: String) throws -> Instant? {
        try optionalInteger(column, in: Instant.microsecondRange).map(Instant.init(microseconds:))
    }

    /// Counts and sequence numbers, with headroom for increments.
    package static let countRange: ClosedRange<Int64> = 0...1_000_000_000_000

    package func number(_ column: String) throws -> Int { Int(try integer(column, in: Self.countRange)) }

    /// A closed set of words.
    package func word<Word: RawRepresentable>(_ column: String) throws -> Word where Word.RawValue == String {
        try decoding(column) { Word(rawValue: $0) }
    }

    package func optionalWord<Word: RawRepresentable>(_ column: String) throws -> Word?
    where Word.RawValue == String {
        guard try optionalText(column) != nil else { return nil }
        return try word(column) as Word
    }

    package func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try decoding(column) { try JSON.decode(type, from: Array($0.utf8)) }
    }

    package func words(_ column: String) throws -> [String: String] {
        try decoding(column) { try JSONWords.words($0) }
    }

    /// - Throws: ``SQLError`` `decoding` when `read` throws or returns nil.
    package func decoding<Value>(_ column: String, _ read: (String) throws -> Value?) throws -> Value {
        let text = try text(column)
        guard let value = try? read(text) else { throw damage(column, "holds an unknown value") }
        return value
    }
}
