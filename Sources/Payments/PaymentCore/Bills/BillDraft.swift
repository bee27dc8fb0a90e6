/// What the caller already knows about the bill.
struct AskedFor {
    /// Valid, if present.
    let restaurant: String?
    /// Valid, if present.
    let billID: String?
    let currency: Currency?

    init(restaurant: String?, billID: String?, currency: String?) throws(BillError) {
        self.restaurant = try restaurant.map { text throws(BillError) in
            try FieldText(text: text, place: .field("restaurant")).identifier()
        }
        self.billID = try billID.map { text throws(BillError) in
            try FieldText(text: text, place: .field("bill id")).identifier()
        }
        self.currency = try currency.map { text throws(BillError) in
            try FieldText(text: text, place: .field("currency")).currency()
        }
    }

    /// Refuses a value found in `place` that differs from the requested one.
    static func check(_ asked: String?, is found: String, at place: BillPlace) throws(BillError) {
        guard let asked, asked != found else { return }
        throw BillError(place, .differs(asked: asked, found: found))
    }
}

/// A bill as read from one format, before the rules common to all formats.
struct BillDraft {
    var bill: Bill
    var warnings: [BillWarning] = []
    var totalPlace: BillPlace
    var linesPlace: BillPlace

    /// Refuses a bill that cannot be paid; reports lines that do not add up.
    ///
    /// A bill with nothing left to pay passes, with or without warnings: its order decides what happens.
    mutating func check(isStrict: Bool) throws(BillError) {
        guard !bill.lines.isEmpty else { throw BillError(linesPlace, .noLines) }
        guard bill.lines.count <= Bill.maximumLines else {
            throw BillError(linesPlace, .tooManyLines(bill.lines.count))
        }
        let total = try totalPlace.checked { () throws(MoneyError) in try bill.amount.adding(bill.prepaid) }
        guard !bill.amount.isNegative else { throw BillError(totalPlace, .negativeTotal(bill.amount)) }
        guard !total.isZero else { throw BillError(totalPlace, .nothingToPay) }
        let sum = try Self.sum(of: bill.lines, in: total.currency, at: linesPlace)
        if sum != total {
            warnings.append(BillWarning(kind: .linesDoNotAddUp(total: total, lines: sum), place: totalPlace))
        }
        guard !isStrict || warnings.isEmpty || bill.amount.isZero else {
            throw BillError(.whole, .warnings(warnings))
        }
    }

    static func sum(of lines: [BillLine], in currency: Currency, at place: BillPlace) throws(BillError) -> Money {
        try place.checked { () throws(MoneyError) in
            var sum = Money.zero(currency)
            for line in lines { sum = try sum.adding(line.amount) }
            return sum
        }
    }
}
