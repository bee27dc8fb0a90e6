import EncodingKit

/// What a receipt's total is above its items by, or below, and how it may fall to the rates of VAT.
///
/// A receipt does not say from which rate a discount was taken: each may have any part of it, as long as the parts that
/// the declared taxes tell add up. Of rounding the parts do not matter.
struct VATChange {
    /// Of all rates together.
    private let whole: Int128
    private let shares: [VATRate: Share]

    private struct Share {
        var turnover: Int128
        /// What a rate may have of the change whatever its tax: a discount leaves no turnover below zero.
        var bounds: ClosedRange<Int128>
        /// What it has by its declared tax; ``bounds`` where that tells nothing.
        var told: ClosedRange<Int128>
    }

    /// The changes that explain a receipt's total, its rounding left out and taken in.
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
            let told = declared.first { $0.rate == rate }?.turnovers(ofItems: entry.value.count, on: day)
                .map { ($0.lowerBound - turnover)...($0.upperBound - turnover) }
            shares[rate] = Share(
                turnover: turnover, bounds: bounds,
                told: told.flatMap { $0.overlaps(bounds) ? $0.clamped(to: bounds) : nil } ?? bounds)
        }
    }

    /// What a rate's turnover may be with its part of the change; nil for a rate without items.
    func turnovers(of rate: VATRate) -> ClosedRange<Int128>? {
        guard let share = shares[rate] else { return nil }
        let others = shares.filter { $0.key != rate }.values.map(\.told)
        let (least, most) = (others.map(\.lowerBound).reduce(0, +), others.map(\.upperBound).reduce(0, +))
        let part = ((whole - most)...(whole - least)).clamped(to: share.bounds)
        return (share.turnover + part.lowerBound)...(share.turnover + part.upperBound)
    }
}

extension VATTotal {
    /// The turnovers whose total it may be, give or take a kopeck an item; nil where it may be that of any.
    fileprivate func turnovers(ofItems count: Int, on day: ReceiptTime?) -> ClosedRange<Int128>? {
        let (least, most) = (Int128(sum) - Int128(count), Int128(sum) + Int128(count))
        guard rate.isTaxed else { return sum == 0 ? nil : least...most }
        // Half a kopeck more is rounded away.
        let percent = Int128(rate.percent(on: day))
        let ends = [2 * least - 1, 2 * most + 1].map { ($0 * (100 + percent)).roundedQuotient(by: 2 * percent) }
        return ends[0]...ends[1]
    }
}
