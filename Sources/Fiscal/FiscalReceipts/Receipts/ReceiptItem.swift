package import EncodingKit

/// One line of a receipt (tag 1059).
package struct ReceiptItem: Hashable, Sendable {
    /// Tag 1030; untrusted text, so escape it on a terminal.
    package var name: String?
    /// Unit price (tag 1079).
    package var price: Kopecks?
    /// Tag 1023.
    package var quantity: ExactDecimal?
    /// The unit of measure (tags 1197 and 2108); nil for pieces.
    package var measure: String?
    /// Tag 1043.
    package var sum: Kopecks?
    /// Tag 1199.
    package var vatRate: VATRate?
    /// Tag 1200.
    package var vatSum: Kopecks?
    /// Tag 1214.
    package var method: SettlementMethod?
    /// The subject of settlement: goods, a service… (tag 1212).
    package var subject: Int64?
    package var modifiers: [ReceiptModifier] = []
    package var agency = ReceiptAgency()

    package init() {}

    /// The method of settlement: when goods and money change hands (tag 1214).
    package enum SettlementMethod: Int, CaseIterable, Sendable {
        case fullPrepayment = 1
        case prepayment = 2
        case advance = 3
        case fullPayment = 4
        case partialPaymentAndCredit = 5
        case credit = 6
        case creditPayment = 7
    }
}

/// A discount or a markup.
package struct ReceiptModifier: Hashable, Sendable {
    package var name: String?
    /// Negative for a discount.
    package var change: Kopecks

    package init(name: String?, change: Kopecks) {
        self.name = name
        self.change = change
    }
}

/// The units of tag 2108 except pieces.
enum QuantityMeasure {
    static let names: [Int64: String] = [
        10: "г", 11: "кг", 12: "т", 20: "см", 21: "дм", 22: "м", 30: "кв. см", 31: "кв. дм", 32: "кв. м", 40: "мл",
        41: "л", 42: "куб. м", 50: "кВт·ч", 51: "Гкал", 70: "сут.", 71: "ч", 72: "мин", 73: "с", 80: "Кбайт",
        81: "Мбайт", 82: "Гбайт", 83: "Тбайт",
    ]
}
