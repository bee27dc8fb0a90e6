import EncodingKit

/// Checks the arithmetic of a receipt.
package enum ReceiptCheck {
    /// All findings about a receipt: unreadable values, then items, total, payments and VAT.
    ///
    /// Fields missing from the source are not checked.
    package static func findings(of receipt: Receipt) -> [ReceiptFinding] {
        var findings = receipt.defects
        for (list, items) in [("items", receipt.items), ("stornoItems", receipt.stornoItems)] {
            for (index, item) in items.enumerated() {
                if let finding = itemSum(item, path: "\(list)[\(index)]") { findings.append(finding) }
            }
        }
        if let finding = total(of: receipt) { findings.append(finding) }
        if let finding = payments(of: receipt) { findings.append(finding) }
        return findings + VATCheck.findings(of: receipt)
    }

    /// Half-up(price × quantity), with or without the item's modifiers, against the item's sum.
    private static func itemSum(_ item: ReceiptItem, path: @autoclosure () -> String) -> ReceiptFinding? {
        guard let sum = item.sum, let price = item.price, let quantity = item.quantity,
            let product = quantity.roundedProduct(with: price), product != sum
        else { return nil }
        let changed = product + item.modifiers.map(\.change).total
        guard changed != sum else { return nil }
        let nearest = (changed - Int128(sum)).magnitude < (product - Int128(sum)).magnitude ? changed : product
        let change = nearest == product ? "" : " \(Roubles.signed(changed - product))"
        let isClose = (nearest - Int128(sum)).magnitude == 1
        return ReceiptFinding(
            .itemSum, isClose ? .warning : .error, expected: nearest, actual: Int128(sum),
            "\(path()): \(quantity) × \(Roubles.text(price))\(change) = \(Roubles.text(nearest)), "
                + "the receipt says \(Roubles.text(sum))")
    }

    /// Items, less storno, with the receipt's modifiers or without, against the total.
    private static func total(of receipt: Receipt) -> ReceiptFinding? {
        guard let total = receipt.total, receipt.hasReadableItems else { return nil }
        let sum = ReceiptSum.explaining(total, of: receipt)
        guard sum.fit != .exact else { return nil }
        let steps = receipt.stornoItems.map { -Int128($0.sum ?? 0) } + sum.modifiers.map { Int128($0.change) }
        let terms = receipt.items.map(\.term) + steps.map(Roubles.text)
        return ReceiptFinding(
            .totalMismatch, sum.fit == .rounded ? .warning : .error, expected: sum.value, actual: Int128(total),
            "\(Roubles.joined(terms)) = \(Roubles.text(sum.value)), the receipt says \(Roubles.text(total))")
    }

    /// The sum of all payments against the total.
    private static func payments(of receipt: Receipt) -> ReceiptFinding? {
        guard let total = receipt.total, !receipt.payments.isEmpty else { return nil }
        let paid = receipt.payments.map(\.sum).total
        guard paid != total else { return nil }
        let terms = receipt.payments.filter { $0.sum != 0 }.map { "\($0.form) \(Roubles.text($0.sum))" }
        return ReceiptFinding(
            .paymentsMismatch, .error, expected: Int128(total), actual: paid,
            "\(Roubles.joined(terms)) = \(Roubles.text(paid)) paid, the receipt says \(Roubles.text(total))")
    }
}

extension Receipt {
    /// Whether there is a list of items and each has a sum.
    fileprivate var hasReadableItems: Bool {
        hasItems && (items + stornoItems).allSatisfy { $0.sum != nil }
    }
}

extension ReceiptItem {
    /// Whether price × quantity, with the item's modifiers, equals its sum.
    var addsUp: Bool {
        guard let sum, let price, let product = quantity?.roundedProduct(with: price) else { return false }
        return product + modifiers.map(\.change).total == sum
    }

    /// The item as a term: `2 × 120.00`, or just its sum if equivalent.
    fileprivate var term: String {
        guard let quantity, let price, quantity != .one, let product = quantity.roundedProduct(with: price),
            product == sum ?? 0
        else { return Roubles.text(sum ?? 0) }
        return "\(quantity) × \(Roubles.text(price))"
    }
}

extension ReceiptFinding {
    init(_ class: Class, _ severity: Severity, expected: Int128, actual: Int128, _ explanation: String) {
        self.init(
            class: `class`, severity: severity, expected: Roubles.text(expected), actual: Roubles.text(actual),
            explanation: explanation)
    }
}

extension [Kopecks] {
    /// The sum; 64-bit amounts cannot overflow it.
    var total: Int128 { reduce(0) { $0 + Int128($1) } }
}
