import JSONKit
import PaymentCore
import SQLKit
import WorldKit

/// How domain values are stored in columns.
extension SQLValue {
    static func instant(_ value: Instant) -> SQLValue { .integer(value.microseconds) }
    static func instant(_ value: Instant?) -> SQLValue { .integer(value?.microseconds) }
    static func minorUnits(_ value: Money) -> SQLValue { .integer(value.minorUnits) }

    static func json(_ value: some Encodable) throws -> SQLValue { .text(try jsonText(value)) }

    static func jsonText(_ value: some Encodable) throws -> String {
        String(decoding: try JSON.encode(value), as: UTF8.self)
    }

    static func lines(_ lines: [BillLine]) throws -> SQLValue { try json(lines.map(StoredLine.init)) }
}

extension SQLRow {
    func instant(_ column: String) throws -> Instant {
        Instant(microseconds: try integer(column, in: Instant.microsecondRange))
    }

    func optionalInstant(_ column: String) throws -> Instant? {
        try optionalInteger(column, in: Instant.microsecondRange).map(Instant.init(microseconds:))
    }

    /// Counts and sequence numbers, with headroom for increments.
    private static let countRange: ClosedRange<Int64> = 0...1_000_000_000_000

    func number(_ column: String) throws -> Int { Int(try integer(column, in: Self.countRange)) }

    /// A task's fencing number.
    func fence(_ column: String = "fence") throws -> Int64 { try integer(column, in: Self.countRange) }

    /// Requested, captured or refunded amounts; never negative, so that the difference of two cannot overflow.
    func money(_ column: String, _ currency: Currency) throws -> Money {
        Money(minorUnits: try integer(column, in: 0...Int64.max), currency: currency)
    }

    func optionalMoney(_ column: String, _ currency: Currency) throws -> Money? {
        try optionalInteger(column, in: 0...Int64.max).map { Money(minorUnits: $0, currency: currency) }
    }

    func currency(_ column: String = "currency") throws -> Currency {
        try decoding(column) { try Currency(code: $0) }
    }

    /// Signed amounts, and those placed in addresses.
    func identifier(_ column: String) throws -> String { try decoding(column) { Identifier.isValid($0) ? $0 : nil } }

    func percent(_ column: String) throws -> Percent { try decoding(column) { try Percent($0) } }

    /// A closed set of words.
    func word<Word: RawRepresentable>(_ column: String) throws -> Word where Word.RawValue == String {
        try decoding(column) { Word(rawValue: $0) }
    }

    func optionalWord<Word: RawRepresentable>(_ column: String) throws -> Word? where Word.RawValue == String {
        guard try optionalText(column) != nil else { return nil }
        return try word(column) as Word
    }

    func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        try decoding(column) { try JSON.decode(type, from: Array($0.utf8)) }
    }

    func lines(_ column: String = "lines", _ currency: Currency) throws -> [BillLine] {
        try json(column, as: [StoredLine].self).map { $0.line(currency) }
    }

    func decoding<Value>(_ column: String, _ read: (String) throws -> Value?) throws -> Value {
        let text = try text(column)
        guard let value = try? read(text) else {
            throw damage(column, "holds an unknown value")
        }
        return value
    }
}

/// A bill line as JSON in a column; the currency is in the order's record.
private struct StoredLine: Codable {
    var name: String
    /// Millionths.
    var quantity: Int64?
    /// Minor units.
    var amount: Int64
    /// From 1; only in refunds by line.
    var number: Int?

    init(_ line: BillLine) {
        name = line.name
        quantity = line.quantity?.millionths
        amount = line.amount.minorUnits
        number = line.number
    }

    func line(_ currency: Currency) -> BillLine {
        BillLine(
            name: name, quantity: quantity.map(Quantity.init(millionths:)),
            amount: Money(minorUnits: amount, currency: currency), number: number)
    }
}
