/// One line of a bill: what the guest reads, and what it costs.
package struct BillLine: Hashable, Sendable {
    /// As the restaurant wrote it, at most 1,000 characters; may hold control characters, so escape it on a terminal.
    package var name: String
    /// Pieces, kilograms…; nil where the source gives none. Positive.
    package var quantity: Quantity?
    /// The line's sum after discounts; negative for a discount of its own.
    package var amount: Money

    package init(name: String, quantity: Quantity? = nil, amount: Money) {
        self.name = name
        self.quantity = quantity
        self.amount = amount
    }
}

/// An exact quantity with at most six decimals.
package struct Quantity: Hashable, Sendable {
    package let millionths: Int64

    package init(millionths: Int64) { self.millionths = millionths }

    /// - Throws: ``MoneyError`` when `text` is no decimal or has more than six decimals.
    package init(_ text: some StringProtocol) throws(MoneyError) {
        millionths = try DecimalText.scaled(text, digits: 6)
    }
}

extension Quantity: CustomStringConvertible {
    /// The shortest decimal text, `"1.5"`.
    package var description: String { DecimalText.shortest(millionths, digits: 6) }
}
