import EncodingKit

/// An amount in minor units of one currency; never a floating-point number.
package struct Money: Hashable, Sendable {
    /// Minor units, signed: kopecks for RUB.
    package var minorUnits: Int64
    package var currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    package static func zero(_ currency: Currency) -> Money { Money(minorUnits: 0, currency: currency) }

    package var isZero: Bool { minorUnits == 0 }
    package var isNegative: Bool { minorUnits < 0 }

    /// Reads decimal text: an optional `-`, digits, and at most as many decimals as the currency has.
    ///
    /// `"120.50"`, `"120.5"` and `"120"` are accepted; `"120."`, `".5"`, `"1e3"`, `"+1"` and spaces are not. Trailing
    /// zeros beyond the currency's digits (`"120.500"`) are too many digits.
    /// - Throws: ``MoneyError`` for the violated rule.
    package init(decimal text: some StringProtocol, currency: Currency) throws(MoneyError) {
        let units = try DecimalText.scaled(text, digits: currency.exponent)
        self.init(minorUnits: units, currency: currency)
    }

    /// The decimal text with all of the currency's digits, `"120.50"`.
    package var decimal: String { DecimalText.text(minorUnits, digits: currency.exponent) }

    /// - Throws: ``MoneyError/overflow`` or ``MoneyError/currencyMismatch``.
    package func adding(_ other: Money) throws(MoneyError) -> Money {
        try combining(other) { $0.addingReportingOverflow($1) }
    }

    /// - Throws: ``MoneyError/overflow`` or ``MoneyError/currencyMismatch``.
    package func subtracting(_ other: Money) throws(MoneyError) -> Money {
        try combining(other) { $0.subtractingReportingOverflow($1) }
    }

    /// The sum of two amounts in one currency, saturating at the largest amount: to display values that were checked
    /// before.
    package func together(with other: Money) -> Money {
        let (units, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return Money(minorUnits: overflow ? .max : units, currency: currency)
    }

    private func combining(
        _ other: Money, _ operation: (Int64, Int64) -> (partialValue: Int64, overflow: Bool)
    ) throws(MoneyError) -> Money {
        guard currency == other.currency else { throw .currencyMismatch(currency.code, other.currency.code) }
        let (units, overflow) = operation(minorUnits, other.minorUnits)
        guard !overflow else { throw .overflow }
        return Money(minorUnits: units, currency: currency)
    }
}

extension Money: CustomStringConvertible {
    /// The decimal text and the currency, `"120.50 RUB"`.
    package var description: String { "\(decimal) \(currency.code)" }
}

/// Why a text is not an amount, or a sum cannot be computed.
package enum MoneyError: Error, Hashable, Sendable {
    case unknownCurrency(String)
    /// Not an optional minus, digits, and optionally a point and digits.
    case notDecimal(String)
    /// More decimals than the currency (or percentage) allows; how many are allowed.
    case tooPrecise(String, digits: Int)
    /// Outside 64-bit minor units.
    case overflow
    case currencyMismatch(String, String)
    /// A percentage outside 0 to 100.
    case percentOutOfRange(String)
}
