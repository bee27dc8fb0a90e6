import EncodingKit

/// The VAT rate of a sum, by code (tag 1199).
package enum VATRate: Int, CaseIterable, Comparable, Sendable {
    /// 20%, and 18% before 2019.
    case standard = 1
    case ten = 2
    /// 20/120 (18/118 before 2019): for advance payments.
    case standardIncluded = 3
    case tenIncluded = 4
    case zero = 5
    /// Not subject to VAT.
    case exempt = 6
    case five = 7
    case seven = 8
    case fiveIncluded = 9
    case sevenIncluded = 10
    case twentyTwo = 11
    case twentyTwoIncluded = 12

    /// The rate by the name of an amount on a receipt or an item: `nds10`, `ndsNo`, `nds20120`, `ndsCalculated20`.
    ///
    /// Names contain the percentage of their time: the rate named 18 has been 20 since 2019.
    init?(totalName name: String) {
        guard name.utf8.starts(with: "nds".utf8), let rate = Self.names[name] else { return nil }
        self = rate
    }

    private static let names: [String: VATRate] = {
        let rates: [(percent: Int, plain: VATRate, included: VATRate)] = [
            (18, .standard, .standardIncluded), (20, .standard, .standardIncluded), (10, .ten, .tenIncluded),
            (5, .five, .fiveIncluded), (7, .seven, .sevenIncluded), (22, .twentyTwo, .twentyTwoIncluded),
        ]
        return rates.reduce(into: ["nds0": .zero, "ndsNo": .exempt]) { names, rate in
            names["nds\(rate.percent)"] = rate.plain
            names["nds\(rate.percent)\(100 + rate.percent)"] = rate.included
            names["ndsCalculated\(rate.percent)"] = rate.included
        }
    }()

    package static func < (left: VATRate, right: VATRate) -> Bool { left.rawValue < right.rawValue }

    /// Percentage of the net price on a day; an unknown day counts as 2019 or later.
    package func percent(on day: ReceiptTime?) -> Int {
        switch self {
        case .standard, .standardIncluded: (day?.year ?? 2019) < 2019 ? 18 : 20
        case .ten, .tenIncluded: 10
        case .zero, .exempt: 0
        case .five, .fiveIncluded: 5
        case .seven, .sevenIncluded: 7
        case .twentyTwo, .twentyTwoIncluded: 22
        }
    }

    /// Whether the rate is expressed as a share of the gross sum, `20/120`.
    package var isIncludedShare: Bool {
        switch self {
        case .standardIncluded, .tenIncluded, .fiveIncluded, .sevenIncluded, .twentyTwoIncluded: true
        default: false
        }
    }

    /// Whether its total on a receipt is tax; for ``zero`` and ``exempt`` it is the turnover.
    package var isTaxed: Bool { self != .zero && self != .exempt }

    /// The tax contained in `sum`, halves rounded away from zero.
    package func tax(in sum: Int128, on day: ReceiptTime?) -> Int128 {
        let percent = Int128(percent(on: day))
        return (sum * percent).roundedQuotient(by: 100 + percent)
    }

    /// The usual notation of the rate on a day: `20%`, `20/120`, `exempt`.
    package func text(on day: ReceiptTime?) -> String {
        let percent = percent(on: day)
        return self == .exempt ? "exempt" : isIncludedShare ? "\(percent)/\(100 + percent)" : "\(percent)%"
    }
}
