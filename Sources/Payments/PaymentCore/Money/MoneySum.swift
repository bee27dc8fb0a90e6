import EncodingKit

/// A sum of amounts in one currency that cannot overflow.
///
/// For sums over data from outside, such as an audited ledger: they must be correct even where each amount is
/// implausible.
package struct MoneySum: Hashable, Sendable {
    /// Minor units, signed.
    package var minorUnits: Int128
    package var currency: Currency

    package init(minorUnits: Int128, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    package init(_ money: Money) { self.init(minorUnits: Int128(money.minorUnits), currency: money.currency) }

    /// - Parameter amounts: all in `currency`; others are ignored.
    package init(_ amounts: some Sequence<Money>, in currency: Currency) {
        let units = amounts.reduce(Int128(0)) { $1.currency == currency ? $0 + Int128($1.minorUnits) : $0 }
        self.init(minorUnits: units, currency: currency)
    }

    package var isZero: Bool { minorUnits == 0 }
    package var isNegative: Bool { minorUnits < 0 }

    package var magnitude: MoneySum { isNegative ? MoneySum(minorUnits: -minorUnits, currency: currency) : self }

    /// The same as an amount; nil outside 64 bits.
    package var money: Money? { Int64(exactly: minorUnits).map { Money(minorUnits: $0, currency: currency) } }

    /// The decimal text with all of the currency's digits, `"120.50"`.
    package var decimal: String { DecimalText.text(minorUnits, digits: currency.exponent) }

    /// Both in one currency.
    package static func - (left: MoneySum, right: MoneySum) -> MoneySum {
        MoneySum(minorUnits: left.minorUnits - right.minorUnits, currency: left.currency)
    }
}

extension MoneySum: CustomStringConvertible {
    /// The decimal text and the currency, `"120.50 RUB"`.
    package var description: String { "\(decimal) \(currency.code)" }
}
