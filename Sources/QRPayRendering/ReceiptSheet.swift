internal import QRPayDomain

/// What stands on a printed receipt, in order, before it is known how wide the paper is.
///
/// What the receipt lacks is not there; texts from the receipt are ``Printable``.
struct ReceiptSheet {
    /// A name and what belongs to it, at the two ends of a line.
    struct Entry {
        var label: String
        var value: String
        /// Where a click leads, where that is known.
        var link: String?
    }

    struct Line {
        var name: String
        /// `2 × 120.00`.
        var calculation: String?
        var sum: String?
        /// `НДС 20%`, and the tax where it is known.
        var tax: String?
        /// Discounts and markups, with their signs.
        var modifiers: [Entry]
        /// What is sold and how it is settled, `Товар, полный расчёт`.
        var note: String?
    }

    var seller: String?
    /// Place, address and tax number.
    var sellerDetails: [String] = []
    let kind = "Кассовый чек"
    /// What is settled, `Приход`.
    var operation: String?
    /// Whether the operation is the usual one, a sale.
    var isSale: Bool
    var facts: [Entry] = []
    var lines: [Line] = []
    var storno: [Line] = []
    var modifiers: [Entry] = []
    var total: String?
    var payments: [Entry] = []
    var taxes: [Entry] = []
    var fiscal: [Entry] = []
    /// The text of the QR code.
    var code: String?
    var title: String

    init(_ receipt: Receipt) {
        let (seller, day) = (receipt.seller, receipt.time)
        self.seller = (seller.name ?? seller.place).map(Printable.text)
        let place = seller.name == nil ? nil : seller.place
        sellerDetails = [place, seller.address, seller.taxNumber.map { "ИНН \($0)" }].compactMap {
            $0.map(Printable.text)
        }
        operation = receipt.operation?.label
        isSale = receipt.operation == .sale
        facts = Self.entries([
            ("Дата", day?.label), ("Смена", receipt.shiftNumber.map { "\($0)" }),
            ("Чек", receipt.requestNumber.map { "\($0)" }), ("Кассир", seller.cashier),
        ])
        lines = receipt.items.map { Line($0, on: day) }
        storno = receipt.stornoItems.map { item in
            var line = Line(item, on: day)
            line.sum = line.sum.map { "−\($0)" }
            return line
        }
        modifiers = receipt.modifiers.map(Entry.init)
        total = receipt.total?.roubles
        payments = receipt.payments.filter { $0.sum != 0 }.map { Entry(label: $0.form.label, value: $0.sum.roubles) }
        taxes = receipt.vatTotals.filter { $0.sum != 0 }.map {
            Entry(label: $0.rate.totalLabel(on: day), value: $0.sum.roubles)
        }
        let register = receipt.register
        let taxation = receipt.taxation.map(\.label).joined(separator: ", ")
        fiscal = Self.entries([
            ("СНО", taxation.isEmpty ? nil : taxation), ("РН ККТ", register.registrationNumber),
            ("ЗН ККТ", register.serialNumber), ("ФН", register.storageNumber), ("ФД", register.documentNumber),
            ("ФП", register.sign), ("ФФД", register.format?.version), ("Эл. адрес покупателя", receipt.buyer),
            ("Эл. адрес отправителя", receipt.senderAddress), ("Сайт ФНС", receipt.verificationSite),
        ])
        let site = receipt.verificationSite.flatMap(WebAddress.uri(of:))
        for index in fiscal.indices where fiscal[index].label == "Сайт ФНС" { fiscal[index].link = site }
        code = FiscalCode.text(of: receipt)
        title = [kind, register.documentNumber.map { "№ \($0)" }, day.map { "от \($0.label)" }]
            .compactMap { $0.map(Printable.text) }.joined(separator: " ")
        gatherNotes()
    }

    /// Says once what is the same of all items.
    private mutating func gatherNotes() {
        let notes = (lines + storno).map(\.note)
        guard notes.count > 1, Set(notes).count == 1, let note = notes[0] else { return }
        facts.append(Entry(label: "Все позиции", value: note))
        for index in lines.indices { lines[index].note = nil }
        for index in storno.indices { storno[index].note = nil }
    }

    private static func entries(_ pairs: [(label: String, value: String?)]) -> [Entry] {
        pairs.compactMap { label, value in value.map { Entry(label: label, value: Printable.text($0)) } }
    }
}

extension ReceiptSheet.Line {
    fileprivate init(_ item: ReceiptItem, on day: ReceiptTime?) {
        name = item.name.map(Printable.text) ?? "—"
        sum = item.sum?.roubles
        modifiers = item.modifiers.map(ReceiptSheet.Entry.init)
        let notes = [item.subject.flatMap { ReceiptItem.subjectLabels[$0] }, item.method?.label].compactMap(\.self)
        note = notes.isEmpty ? nil : notes.joined(separator: ", ")
        tax = item.vatRate.map { rate in
            let label = rate.label(on: day)
            return item.vatSum.map { rate.isTaxed ? "\(label) \($0.roubles)" : label } ?? label
        }
        let quantity = item.quantity.map { quantity in
            item.measure.map { "\(quantity) \(Printable.text($0))" } ?? "\(quantity)"
        }
        let factors = [quantity, item.price?.roubles].compactMap(\.self)
        calculation = factors.isEmpty ? nil : factors.joined(separator: " × ")
    }
}

extension ReceiptSheet.Entry {
    fileprivate init(_ modifier: ReceiptModifier) {
        label = modifier.name.map(Printable.text) ?? (modifier.change < 0 ? "Скидка" : "Наценка")
        value = modifier.change < 0 ? modifier.change.roubles : "+\(modifier.change.roubles)"
    }
}
