import FoundationEssentials
import PaymentCore

/// One line's share of a receipt's total.
struct ReceiptShare: Hashable {
    var name: String
    var quantity: Quantity?
    var kopecks: Int64
}

extension FiscalReceipt {
    /// Distributes `total` over the lines in proportion to their amounts, largest remainders first.
    ///
    /// Negative lines (discounts as lines of their own) are not items: their amount is distributed with the rest.
    static func shares(of total: Int64, lines: [BillLine]) -> [ReceiptShare] {
        let goods = lines.filter { $0.amount.minorUnits > 0 }
        let (sum, overflow) = goods.reduce((UInt64(0), false)) { sum, line in
            let (next, overflow) = sum.0.addingReportingOverflow(line.amount.minorUnits.magnitude)
            return (next, sum.1 || overflow)
        }
        guard sum > 0, !overflow else { return [ReceiptShare(name: "Оплата счёта", kopecks: total)] }

        let parts = goods.map { line in
            // The quotient never exceeds the total, because no line exceeds the sum.
            sum.dividingFullWidth(line.amount.minorUnits.magnitude.multipliedFullWidth(by: total.magnitude))
        }
        var shares = zip(goods, parts).map { line, part in
            ReceiptShare(name: line.name, quantity: line.quantity, kopecks: Int64(part.quotient))
        }
        let missing = Int(total - shares.reduce(0) { $0 + $1.kopecks })
        let byRemainder = parts.indices.sorted { (parts[$1].remainder, $0) < (parts[$0].remainder, $1) }
        for index in byRemainder.prefix(missing) { shares[index].kopecks += 1 }
        return shares.filter { $0.kopecks > 0 }
    }
}

extension FiscalReceipt.Item {
    private static let oneUnit: Int64 = 1_000_000

    /// When no price in kopecks times the quantity gives the sum, the item is one piece at that sum.
    init(_ share: ReceiptShare) {
        let quantity = share.quantity?.millionths ?? Self.oneUnit
        let price = Self.price(of: share.kopecks, quantity: quantity)
        self.init(
            name: share.name, price: price ?? share.kopecks,
            quantity: price == nil ? 1 : Decimal(quantity) / Decimal(Self.oneUnit), sum: share.kopecks,
            ndsSum: Self.includedTax(in: share.kopecks))
    }

    /// A price in kopecks with half-up(price × quantity) = sum; nil when there is none.
    private static func price(of sum: Int64, quantity: Int64) -> Int64? {
        guard quantity > 0 else { return nil }
        let product = sum.multipliedReportingOverflow(by: oneUnit)
        guard !product.overflow else { return nil }
        let price = product.partialValue / quantity
        return [price, price + 1].first { candidate in
            let total = candidate.multipliedReportingOverflow(by: quantity)
            guard !total.overflow else { return false }
            let (whole, rest) = total.partialValue.quotientAndRemainder(dividingBy: oneUnit)
            return whole + (rest * 2 >= oneUnit ? 1 : 0) == sum
        }
    }

    /// The 20% VAT included in a sum: half-up(sum × 20 / 120).
    private static func includedTax(in sum: Int64) -> Int64 {
        let (whole, rest) = sum.quotientAndRemainder(dividingBy: 6)
        return whole + (rest >= 3 ? 1 : 0)
    }
}
