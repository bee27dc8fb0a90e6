extension Receipt {
    /// Corrects the code of the standard rate of 2026 if a register kept the old one.
    ///
    /// From 2026 the standard rate is 22%, with its own code and names. Code 1 and `nds18` remain 20%, for refunds of
    /// earlier sales, but some registers use them for 22%, as they did for 20% when it replaced 18%. The declared tax
    /// distinguishes the two.
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
        // With a single total, all items have its rate; without items, the whole receipt has.
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
