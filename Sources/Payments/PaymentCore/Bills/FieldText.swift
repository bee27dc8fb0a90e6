import EncodingKit
import JSONKit

/// The text of one field of a bill with its location: read as a name, an id or an amount, or refused with that
/// location.
struct FieldText {
    var text: String
    var place: BillPlace
    /// Whether it is a JSON number, which is read by value; any other text is read by its digits.
    var isNumber = false

    /// A line's name, ``BillLine/unnamed`` for a blank one; no longer than ``BillLine/maximumNameLength``.
    func name() throws(BillError) -> String {
        guard !text.isBlank else { return BillLine.unnamed }
        let count = text.unicodeScalars.count
        guard count <= BillLine.maximumNameLength else { throw BillError(place, .nameTooLong(codePoints: count)) }
        return text
    }

    func identifier() throws(BillError) -> String {
        guard Identifier.isValid(text) else { throw BillError(place, .notAnIdentifier(text)) }
        return text
    }

    func currency() throws(BillError) -> Currency {
        try place.checked { () throws(MoneyError) in try Currency(code: text) }
    }

    /// An amount of either sign.
    func money(in currency: Currency) throws(BillError) -> Money {
        try place.checked { () throws(MoneyError) in
            guard isNumber else { return try Money(decimal: text, currency: currency) }
            let units = try DecimalNumber(text).scaled(decimals: currency.exponent, text: text)
            return Money(minorUnits: units, currency: currency)
        }
    }

    /// An amount that is not negative.
    func amount(in currency: Currency) throws(BillError) -> Money {
        let amount = try money(in: currency)
        guard !amount.isNegative else { throw BillError(place, .negative) }
        return amount
    }

    /// A quantity of either sign. It may have any number of decimals, such as those of a third.
    func quantity() throws(BillError) -> LineQuantity {
        try place.checked { () throws(MoneyError) in
            guard isNumber || DecimalText.isDecimal(text) else { throw .notDecimal(text) }
            let exact = DecimalNumber(text)
            return LineQuantity(rounded: Quantity(millionths: try exact.rounded(decimals: 6)), exact: exact)
        }
    }
}

/// A line's quantity, both as stored and as written.
struct LineQuantity {
    var rounded: Quantity
    fileprivate var exact: DecimalNumber

    /// For display: nil for 0, which iiko writes for a removed modifier, and for negative values.
    var shown: Quantity? { rounded.millionths > 0 ? rounded : nil }

    /// Price times quantity, rounded to the minor unit, halves away from zero.
    func cost(at price: Money) throws(MoneyError) -> Money {
        Money(minorUnits: try exact.product(with: price.minorUnits), currency: price.currency)
    }
}

extension String {
    /// Whether it has no visible characters.
    var isBlank: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
            default: scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            }
        }
    }
}

extension BillPlace {
    /// The result of `compute`; its failure becomes an error at this location.
    func checked<Value>(_ compute: () throws(MoneyError) -> Value) throws(BillError) -> Value {
        do throws(MoneyError) {
            return try compute()
        } catch {
            throw BillError(self, .money(error))
        }
    }
}
