/// One line of a bill: what the guest reads, and what it costs.
package struct BillLine: Hashable, Sendable {
    /// In code points.
    package static let maximumNameLength = 1_000

    /// What stands for a name that the restaurant left blank.
    package static let unnamed = "(unnamed)"

    /// As the restaurant wrote it, 1 to 1,000 code points; may hold control characters, so escape it on a terminal.
    package var name: String
    /// Pieces, kilograms…; nil where the source gives none. Positive.
    package var quantity: Quantity?
    /// The line's sum after discounts; negative for one that takes off the bill.
    package var amount: Money
    /// In what is given back by line: which of the bill's lines this is a part of, from 1; nil everywhere else.
    package var number: Int?

    package init(name: String, quantity: Quantity? = nil, amount: Money, number: Int? = nil) {
        self.name = name
        self.quantity = quantity
        self.amount = amount
        self.number = number
    }
}
