import EncodingKit

/// The difference between a receipt's total and its items, and its possible distribution over VAT rates.
///
/// A receipt does not state to which rate a discount applies: each rate may have any share, provided that the shares
/// implied by the declared taxes add up. Rounding does not affect the shares.
struct VATChange {
    /// The change over all rates.
    private let whole: Int128
    private let shares: [VATRate: Share]

    private struct Share {
        var turnover: Int128
        /// The rate's possible share regardless of its tax; a discount cannot make a turnover negative.
        var bounds: ClosedRange<Int128>
        /// The share implied by its declared tax; ``bounds`` if it implies none.
        var declaredBounds: ClosedRange<Int128>
    }

    /// The changes that explain a receipt's total, without and with its rounding.
    static func all(of receipt: Receipt, _ items: [TaxedItem]) -> [VATChange] {
        guard let total = receipt.total else { return [] }
        let sum = ReceiptSum.explaining(total, of: receipt)
        guard sum.fit != .unexplained else { return [] }
        let modifiers = sum.modifiers.map { Int128($0.change) }
        let declared = modifiers.isEmpty ? [] : receipt.vatTotals
        return [modifiers, modifiers + [sum.rest]].filter { $0.contains { $0 != 0 } }.map { steps in
            VATChange(steps, items, declared, on: receipt.time)
        }
    }

    private init(_ steps: [Int128], _ items: [TaxedItem], _ declared: [VATTotal], on day: ReceiptTime?) {
        whole = steps.reduce(0, +)
        let (discounts, markups) = (steps.map { min($0, 0) }.reduce(0, +), steps.map { max($0, 0) }.reduce(0, +))
        shares = Dictionary(grouping: items, by: \.rate).reduce(into: [:]) { shares, entry in
            guard let rate = entry.key else { return }
            let turnover = entry.value.map(\.sum).reduce(0, +)
            let bounds = max(discounts, min(0, -turnover))...markups
            let taxBounds = declared.first { $0.rate == rate }?.turnovers(ofItems: entry.value.count, on: day)
                .map { ($0.lowerBound - turnover)...($0.upperBound - turnover) }
            shares[rate] = Share(
                turnover: turnover, bounds: bounds,
                declaredBounds: taxBounds.flatMap { $0.overlaps(bounds) ? $0.clamped(to: bounds) : nil } ?? bounds)
        }
    }

    /// A rate's possible turnovers including its share; nil for a rate without items.
    func turnovers(of rate: VATRate) -> ClosedRange<Int128>? {
        guard let share = shares[rate] else { return nil }
        let others = shares.filter { $0.key != rate }.values.map(\.declaredBounds)
        let (least, most) = (others.map(\.lowerBound).reduce(0, +), others.map(\.upperBound).reduce(0, +))
        let part = ((whole - most)...(whole - least)).clamped(to: share.bounds)
        return (share.turnover + part.lowerBound)...(share.turnover + part.upperBound)
    }
}

extension VATTotal {
    /// The turnovers consistent with this tax, within one kopeck per item; nil if any is.
    fileprivate func turnovers(ofItems count: Int, on day: ReceiptTime?) -> ClosedRange<Int128>? {
        let (least, most) = (Int128(sum) - Int128(count), Int128(sum) + Int128(count))
        guard rate.isTaxed else { return sum == 0 ? nil : least...most }
        // Half a kopeck more disappears in rounding.
        let percent = Int128(rate.percent(on: day))
        let ends = [2 * least - 1, 2 * most + 1].map { ($0 * (100 + percent)).roundedQuotient(by: 2 * percent) }
        return ends[0]...ends[1]
    }
}
