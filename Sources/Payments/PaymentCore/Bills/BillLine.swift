/// One line of a bill: its name and its price.
package struct BillLine: Hashable, Sendable {
    /// In code points.
    package static let maximumNameLength = 1_000

    /// The placeholder for a name that the restaurant left blank.
    package static let unnamed = "(unnamed)"

    /// As the restaurant wrote it, 1 to 1,000 code points; may hold control characters, so escape it on a terminal.
    package var name: String
    /// Pieces, kilograms…; nil where the source gives none. Positive.
    package var quantity: Quantity?
    /// The line's total after discounts; negative for a line that reduces the bill.
    package var amount: Money
    /// In refunds by line: the number of the bill line that this is a part of, from 1; nil everywhere else.
    package var number: Int?

    package init(name: String, quantity: Quantity? = nil, amount: Money, number: Int? = nil) {
        self.name = name
        self.quantity = quantity
        self.amount = amount
        self.number = number
    }
}
