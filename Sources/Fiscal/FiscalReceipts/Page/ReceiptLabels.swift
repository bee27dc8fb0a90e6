import EncodingKit

// Printed labels of a receipt's values.

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

extension ReceiptCorrection.Cause {
    var label: String {
        switch self {
        case .own: "самостоятельно"
        case .ordered: "по предписанию"
        }
    }
}

extension ReceiptAgency.Role {
    var label: String {
        switch self {
        case .bankPaymentAgent: "банковский платёжный агент"
        case .bankPaymentSubagent: "банковский платёжный субагент"
        case .paymentAgent: "платёжный агент"
        case .paymentSubagent: "платёжный субагент"
        case .attorney: "поверенный"
        case .commissionAgent: "комиссионер"
        case .agent: "агент"
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
    var label: String {
        switch self {
        case .fullPrepayment: "предоплата 100%"
        case .prepayment: "предоплата"
        case .advance: "аванс"
        case .fullPayment: "полный расчёт"
        case .partialPaymentAndCredit: "частичный расчёт и кредит"
        case .credit: "передача в кредит"
        case .creditPayment: "оплата кредита"
        }
    }
}

extension ReceiptItem {
    /// The subject of settlement by its code (tag 1212), except codes whose meaning differs between formats.
    static let subjectLabels: [Int64: String] = [
        1: "товар", 2: "подакцизный товар", 3: "работа", 4: "услуга", 5: "ставка азартной игры",
        6: "выигрыш азартной игры", 7: "лотерейный билет", 8: "выигрыш лотереи", 9: "предоставление РИД", 10: "платёж",
        11: "агентское вознаграждение", 13: "иной предмет расчёта", 14: "имущественное право",
        15: "внереализационный доход", 17: "торговый сбор", 18: "курортный сбор",
        19: "залог", 20: "расход", 21: "взносы на ОПС ИП", 22: "взносы на ОПС", 23: "взносы на ОМС ИП",
        24: "взносы на ОМС", 25: "взносы на ОСС", 26: "платёж казино", 27: "выдача денежных средств",
        30: "подакцизный товар без кода маркировки", 31: "подакцизный товар с кодом маркировки",
        32: "товар без кода маркировки", 33: "товар с кодом маркировки",
    ]
}

extension VATRate {
    /// The label on an item, for the rates of `day`.
    func label(on day: ReceiptTime?) -> String {
        self == .exempt ? "Без НДС" : "НДС \(text(on: day))"
    }

    /// The label of the receipt's total, for the rates of `day`.
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

    /// `2020-09-16T12:34:00`; midnight if the time of day is unknown.
    var iso8601: String {
        let clock = clock ?? Clock(hour: 0, minute: 0, second: 0)
        return "\(year)-\(month.twoDigits)-\(day.twoDigits)"
            + "T\(clock.hour.twoDigits):\(clock.minute.twoDigits):\(clock.second.twoDigits)"
    }
}

extension Kopecks {
    /// In roubles with two decimals, `1285.21`, `−0.50`.
    var roubles: String {
        let text = DecimalText.text(self, digits: 2)
        return self < 0 ? "−\(text.dropFirst())" : text
    }
}

extension Int {
    var twoDigits: String { self < 10 ? "0\(self)" : "\(self)" }
}
