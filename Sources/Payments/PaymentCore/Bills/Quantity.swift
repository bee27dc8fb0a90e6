import EncodingKit

/// An exact quantity with at most six decimals.
package struct Quantity: Hashable, Sendable {
    package let millionths: Int64

    package init(millionths: Int64) { self.millionths = millionths }

    /// - Throws: ``MoneyError`` when `text` is not a decimal number or has more than six decimals.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        millionths = try DecimalText.scaled(text, digits: 6)
    }

    /// For display: at most three decimals, `"0.333"` for a third; all of them when the value would round to zero.
    package var rounded: String {
        let thousandths = millionths.roundedQuotient(by: 1_000)
        return thousandths == 0 ? description : DecimalText.shortest(thousandths, digits: 3)
    }
}

extension Quantity: CustomStringConvertible {
    /// The shortest decimal text, `"1.5"`.
    package var description: String { DecimalText.shortest(millionths, digits: 6) }
}
