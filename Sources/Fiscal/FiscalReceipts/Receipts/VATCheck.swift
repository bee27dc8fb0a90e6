/// Checks declared VAT against the items, accepting any of the three methods of calculation in use.
enum VATCheck {
    static func findings(of receipt: Receipt) -> [ReceiptFinding] {
        let declared = receipt.vatTotals
        // Without items VAT cannot be checked.
        let all = receipt.items + receipt.stornoItems
        guard !declared.isEmpty, !all.isEmpty, all.allSatisfy({ $0.sum != nil }) else { return [] }
        var items = receipt.items.map { TaxedItem($0, sign: 1) } + receipt.stornoItems.map { TaxedItem($0, sign: -1) }
        if items.allSatisfy({ $0.rate == nil }), let only = onlyRate(declared) {
            // With a single total, items without a rate must have that total's rate.
            for index in items.indices { items[index].rate = only }
        }
        // With some rates unknown, no total can be checked.
        guard items.allSatisfy({ $0.rate != nil }) else { return [] }
        let changes = VATChange.all(of: receipt, items)
        return declared.compactMap { total in
            finding(total, items.filter { $0.rate == total.rate }, changes, receipt.time)
        }
    }

    private static func onlyRate(_ totals: [VATTotal]) -> VATRate? {
        let used = totals.filter { $0.sum != 0 }
        return used.count == 1 ? used.first?.rate : nil
    }

    private static func finding(
        _ declared: VATTotal, _ items: [TaxedItem], _ changes: [VATChange], _ day: ReceiptTime?
    ) -> ReceiptFinding? {
        var ways = ways(declared.rate, items, on: day)
        ways += changes.compactMap { $0.turnovers(of: declared.rate) }.map { changed(declared, $0, day) }
        guard let nearest = ways.min(by: { $0.distance(to: declared.sum) < $1.distance(to: declared.sum) }),
            nearest.sum != declared.sum
        else { return nil }
        let isClose = nearest.distance(to: declared.sum) <= items.count
        let results = ways.reduce(into: [String]()) { texts, way in
            let text = "\(way.name) \(Roubles.text(way.sum))"
            if !texts.contains(text) { texts.append(text) }
        }
        return ReceiptFinding(
            .vatMismatch, isClose ? .warning : .error, expected: nearest.sum, actual: Int128(declared.sum),
            "VAT \(declared.rate.text(on: day)) of \(Roubles.text(items.map(\.sum).reduce(0, +))): "
                + "\(results.joined(separator: ", ")), the receipt says \(Roubles.text(declared.sum))")
    }

    private static func ways(_ rate: VATRate, _ items: [TaxedItem], on day: ReceiptTime?) -> [Way] {
        let turnover = items.map(\.sum).reduce(0, +)
        var ways: [Way] = []
        if rate.isTaxed {
            ways.append(Way(name: "on the sum", sum: rate.tax(in: turnover, on: day)))
            ways.append(Way(name: "by item", sum: items.map { rate.tax(in: $0.sum, on: day) }.reduce(0, +)))
        } else {
            // The total of an untaxed rate is either its turnover or 0, the tax.
            ways.append(Way(name: "turnover", sum: turnover))
            ways.append(Way(name: "tax", sum: 0))
        }
        let taxes = items.compactMap(\.tax)
        if taxes.count == items.count, !taxes.isEmpty {
            ways.append(Way(name: "as the items say", sum: taxes.reduce(0, +)))
        }
        return ways
    }

    /// The method based on a total that differs from the sum of its items: the nearest possible turnover of the rate.
    private static func changed(_ declared: VATTotal, _ turnovers: ClosedRange<Int128>, _ day: ReceiptTime?) -> Way {
        let ends = [turnovers.lowerBound, turnovers.upperBound].map {
            declared.rate.isTaxed ? declared.rate.tax(in: $0, on: day) : $0
        }
        return Way(name: "on the total", sum: min(max(Int128(declared.sum), ends[0]), ends[1]))
    }
}

/// One method of calculating a rate's VAT.
private struct Way {
    var name: String
    var sum: Int128

    func distance(to declared: Kopecks) -> UInt128 { (sum - Int128(declared)).magnitude }
}

/// An item's contribution to its rate's total; negative for a storno.
struct TaxedItem {
    var rate: VATRate?
    var sum: Int128
    var tax: Int128?

    init(_ item: ReceiptItem, sign: Int128) {
        rate = item.vatRate
        sum = sign * Int128(item.sum ?? 0)
        tax = item.vatSum.map { sign * Int128($0) }
    }
}
