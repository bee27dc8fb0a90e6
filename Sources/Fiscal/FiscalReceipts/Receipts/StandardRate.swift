extension Receipt {
    /// Names the standard rate of 2026 by its own code, where a register kept the old one for it.
    ///
    /// From 2026 the standard rate is 22%, with a code and names of its own. Code 1 and `nds18` stay 20%, which refunds
    /// of earlier sales need; some registers write 22% under them, as they wrote 20% when it followed 18%. What the
    /// declared tax fits tells the two apart.
    mutating func settleStandardRate() {
        guard let time, time.year >= 2026 else { return }
        for (old, new) in [(VATRate.standard, VATRate.twentyTwo), (.standardIncluded, .twentyTwoIncluded)] {
            renameTotal(old, new)
            renameTotal(new, old)
            guard tellsRate(new, from: old) else { continue }
            for index in items.indices where items[index].vatRate == old { items[index].vatRate = new }
            for index in stornoItems.indices where stornoItems[index].vatRate == old {
                stornoItems[index].vatRate = new
            }
            for index in vatTotals.indices where vatTotals[index].rate == old { vatTotals[index].rate = new }
            vatTotals.sort { $0.rate < $1.rate }
        }
    }

    /// Gives the total called `rate` to `other` where only that is the rate of items: a code says more than a name.
    private mutating func renameTotal(_ rate: VATRate, _ other: VATRate) {
        let rates = (items + stornoItems).compactMap(\.vatRate)
        guard !rates.contains(rate), rates.contains(other),
            let total = vatTotals.firstIndex(where: { $0.rate == rate && $0.sum != 0 }),
            !vatTotals.contains(where: { $0.rate == other && $0.sum != 0 })
        else { return }
        vatTotals[total].rate = other
        vatTotals.removeAll { $0.rate == other && $0.sum == 0 }
        vatTotals.sort { $0.rate < $1.rate }
    }

    /// Whether the tax declared at `old` is that of `new`, give or take a kopeck an item.
    private func tellsRate(_ new: VATRate, from old: VATRate) -> Bool {
        let all = items + stornoItems
        guard !vatTotals.contains(where: { $0.rate == new }), !all.contains(where: { $0.vatRate == new }) else {
            return false
        }
        // Under a single total all items are of its rate, and without items the receipt is.
        let isOnly = all.allSatisfy { $0.vatRate == nil } && vatTotals.count { $0.sum != 0 } == 1
        func turnover(_ list: [ReceiptItem]) -> Int128 {
            list.filter { isOnly || $0.vatRate == old }.compactMap(\.sum).total
        }
        func tax(_ list: [ReceiptItem]) -> Int128 { list.filter { $0.vatRate == old }.compactMap(\.vatSum).total }
        let sum = all.isEmpty && isOnly ? Int128(total ?? 0) : turnover(items) - turnover(stornoItems)
        let declared = vatTotals.first { $0.rate == old }.map { Int128($0.sum) } ?? tax(items) - tax(stornoItems)
        func distance(_ rate: VATRate) -> UInt128 { (rate.tax(in: sum, on: time) - declared).magnitude }
        return declared != 0 && distance(new) <= max(1, all.count) && distance(new) < distance(old)
    }
}
