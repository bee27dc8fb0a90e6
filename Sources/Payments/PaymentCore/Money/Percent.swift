import EncodingKit

/// An exact percentage between 0 and 100 with at most six decimals: `"30"`, `"7.5"`.
package struct Percent: Hashable, Sendable {
    /// Millionths of one percent: 7.5% is 7,500,000.
    package let millionths: Int64

    private static let digits = 6
    private static let hundredPercent: Int64 = 100_000_000

    /// - Throws: ``MoneyError`` when `text` is not a decimal number, has more than six decimals or is outside 0…100.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        let value = try DecimalText.scaled(text, digits: Self.digits)
        guard (0...Self.hundredPercent).contains(value) else { throw .percentOutOfRange(String(text)) }
        millionths = value
    }

    /// This share of `amount`, rounded towards zero to a whole minor unit.
    package func shareRoundedDown(of amount: Money) -> Money {
        let product = amount.minorUnits.magnitude.multipliedFullWidth(by: UInt64(millionths))
        // The quotient never exceeds the amount, so it always fits.
        let (quotient, _) = UInt64(Self.hundredPercent).dividingFullWidth(product)
        let units = Int64(truncatingIfNeeded: amount.isNegative ? 0 &- quotient : quotient)
        return Money(minorUnits: units, currency: amount.currency)
    }
}

extension Percent: CustomStringConvertible {
    /// The shortest decimal text, without a percent sign: `"7.5"`.
    package var description: String { DecimalText.shortest(millionths, digits: Self.digits) }
}
