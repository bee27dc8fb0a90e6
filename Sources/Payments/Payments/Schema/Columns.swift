import PaymentCore
import SQLKit

/// How domain values are stored in columns.
extension SQLValue {
    static func minorUnits(_ value: Money) -> SQLValue { .integer(value.minorUnits) }

    static func lines(_ lines: [BillLine]) throws -> SQLValue { try json(lines.map(StoredLine.init)) }
}

extension SQLRow {
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

    func actor(_ column: String) throws -> Actor { try decoding(column) { Actor(text: $0) } }

    func lines(_ column: String = "lines", _ currency: Currency) throws -> [BillLine] {
        try json(column, as: [StoredLine].self).map { $0.line(currency) }
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
