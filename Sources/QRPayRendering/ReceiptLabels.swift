internal import QRPayDomain

// What the values of a receipt are called on paper.

extension Receipt.Operation {
    var label: String {
        switch self {
        case .sale: "Приход"
        case .saleRefund: "Возврат прихода"
        case .purchase: "Расход"
        case .purchaseRefund: "Возврат расхода"
        }
    }
}

extension ReceiptPayment.Form {
    var label: String {
        switch self {
        case .cash: "Наличными"
        case .electronic: "Безналичными"
        case .prepaid: "Предоплатой (зачёт аванса)"
        case .credit: "Постоплатой (в кредит)"
        case .provision: "Встречным предоставлением"
        }
    }
}

extension Taxation {
    var label: String {
        switch self {
        case .general: "ОСН"
        case .simplifiedIncome: "УСН доход"
        case .simplifiedProfit: "УСН доход − расход"
        case .imputed: "ЕНВД"
        case .agricultural: "ЕСХН"
        case .patent: "Патент"
        }
    }
}

extension ReceiptItem.SettlementMethod {
    /// Nil for the usual one, paid in full when handed over.
    var label: String? {
        switch self {
        case .fullPrepayment: "Предоплата 100%"
        case .prepayment: "Предоплата"
        case .advance: "Аванс"
        case .fullPayment: nil
        case .partialPaymentAndCredit: "Частичный расчёт и кредит"
        case .credit: "Передача в кредит"
        case .creditPayment: "Оплата кредита"
        }
    }
}

extension VATRate {
    /// On an item of a day.
    func label(on day: ReceiptTime?) -> String {
        self == .exempt ? "Без НДС" : "НДС \(text(on: day))"
    }

    /// Over the whole receipt.
    func totalLabel(on day: ReceiptTime?) -> String {
        switch self {
        case .zero: "Сумма с НДС 0%"
        case .exempt: "Сумма без НДС"
        default: "В т. ч. \(label(on: day))"
        }
    }
}

extension ReceiptTime {
    /// `16.09.2020 12:34`, or the date alone.
    var label: String {
        let date = "\(day.twoDigits).\(month.twoDigits).\(year)"
        return clock.map { "\(date) \($0.hour.twoDigits):\($0.minute.twoDigits)" } ?? date
    }

    /// `2020-09-16T12:34:00`, midnight where the hour is not known.
    var iso8601: String {
        let clock = clock ?? Clock(hour: 0, minute: 0, second: 0)
        return "\(year)-\(month.twoDigits)-\(day.twoDigits)"
            + "T\(clock.hour.twoDigits):\(clock.minute.twoDigits):\(clock.second.twoDigits)"
    }
}

extension Kopecks {
    /// In roubles with two decimals, `1285.21`.
    var roubles: String { DecimalText.text(self, digits: 2) }
}

extension Int {
    var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
}
