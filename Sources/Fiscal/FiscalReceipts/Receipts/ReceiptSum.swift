/// What a receipt's items come to, with its own discounts and markups or without them.
///
/// Some registers write prices from which the discount is off already, so that either sum may be the total.
struct ReceiptSum {
    /// How a total follows from the sum, the best first.
    enum Fit: Comparable {
        case exact
        /// Below the sum by less than a rouble, in the buyer's favour.
        case rounded
        case unexplained
    }

    /// Items less storno.
    let items: Int128
    /// The receipt's own discounts and markups that count; none in the sum without them.
    let modifiers: [ReceiptModifier]
    /// The total is above the sum by this; below it, negative.
    let rest: Int128

    /// The sum that explains `total`, or the nearest one where none does.
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
