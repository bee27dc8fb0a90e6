/// The sum of a receipt's items, with or without its own discounts and markups.
///
/// Some registers write prices already discounted, so either sum may be the total.
struct ReceiptSum {
    /// How well the sum explains a total, best first.
    enum Fit: Comparable {
        case exact
        /// Below the sum by less than a rouble, in the buyer's favor.
        case rounded
        case unexplained
    }

    /// Items less storno.
    let items: Int128
    /// The receipt's discounts and markups included in the sum.
    let modifiers: [ReceiptModifier]
    /// The total minus the sum.
    let rest: Int128

    /// The sum that explains `total`, or the nearest one if none does.
    static func explaining(_ total: Kopecks, of receipt: Receipt) -> ReceiptSum {
        let items = receipt.items.compactMap(\.sum).total - receipt.stornoItems.compactMap(\.sum).total
        let plain = ReceiptSum(items: items, modifiers: [], total: total)
        let changed = ReceiptSum(items: items, modifiers: receipt.modifiers, total: total)
        return (changed.fit, changed.rest.magnitude) < (plain.fit, plain.rest.magnitude) ? changed : plain
    }

    private init(items: Int128, modifiers: [ReceiptModifier], total: Kopecks) {
        (self.items, self.modifiers) = (items, modifiers)
        rest = Int128(total) - items - modifiers.map(\.change).total
    }

    /// Items and modifiers together.
    var value: Int128 { items + modifiers.map(\.change).total }

    var fit: Fit { rest == 0 ? .exact : (-99 ... -1).contains(rest) ? .rounded : .unexplained }
}
