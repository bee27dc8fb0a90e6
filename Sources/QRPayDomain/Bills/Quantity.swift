/// An exact quantity with at most six decimals.
package struct Quantity: Hashable, Sendable {
    package let millionths: Int64

    package init(millionths: Int64) { self.millionths = millionths }

    /// - Throws: ``MoneyError`` when `text` is no decimal or has more than six decimals.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        millionths = try DecimalText.scaled(text, digits: 6)
    }

    /// Price times quantity, rounded to the minor unit; a half goes away from zero.
    /// - Throws: ``MoneyError/overflow``.
    package func costRoundedHalfUp(at price: Money) throws(MoneyError) -> Money {
        let product = Int128(price.minorUnits) * Int128(millionths)
        let (whole, rest) = product.quotientAndRemainder(dividingBy: 1_000_000)
        let rounded = rest.magnitude >= 500_000 ? whole + product.signum() : whole
        guard let units = Int64(exactly: rounded) else { throw .overflow }
        return Money(minorUnits: units, currency: price.currency)
    }
}

extension Quantity: CustomStringConvertible {
    /// The shortest decimal text, `"1.5"`.
    package var description: String { DecimalText.shortest(millionths, digits: 6) }
}
