/// The contents of a printed receipt in order, independent of the paper width.
///
/// Missing fields are omitted; text from the receipt has passed ``Printable``.
struct ReceiptSheet {
    /// A label and its value, at the two ends of a line.
    struct Entry: Hashable {
        var label: String
        var value: String
        /// The target of a link, if any.
        var link: String?
    }

    struct Line {
        var name: String
        /// `2 × 120.00`.
        var calculation: String?
        var sum: String?
        /// `НДС 20%`, with the tax if known.
        var tax: String?
        /// Discounts and markups, with their signs.
        var modifiers: [Entry]
        /// Subject and method of settlement, `Товар, полный расчёт`.
        var note: String?
        /// The agency under which it is sold.
        var agency: [Entry]
    }

    var seller: String?
    /// Place, address and tax number.
    var sellerDetails: [String] = []
    /// `Кассовый чек`.
    var kind: String
    /// The operation, `Приход`.
    var operation: String?
    /// Whether the operation is a sale, the usual one.
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
        let isCorrection = receipt.correction != nil
        kind =
            receipt.isStrictForm
            ? isCorrection ? "БСО коррекции" : "Бланк строгой отчётности"
            : isCorrection ? "Кассовый чек коррекции" : "Кассовый чек"
        operation = receipt.operation?.label
        isSale = receipt.operation == .sale
        facts = Self.entries([
            ("Дата", day?.label), ("Смена", receipt.shiftNumber.map { "\($0)" }),
            ("Чек", receipt.requestNumber.map { "\($0)" }), ("Кассир", seller.cashier),
        ])
        facts += receipt.correction.map(Self.entries(of:)) ?? []
        facts += Self.entries(of: receipt.agency)
        let roles = receipt.agency.roles
        lines = receipt.items.map { Line($0, on: day, known: roles) }
        storno = receipt.stornoItems.map { item in
            var line = Line(item, on: day, known: roles)
            line.sum = line.sum.map { "−\($0)" }
            return line
        }
        modifiers = receipt.modifiers.map(Entry.init)
        total = receipt.total.map { "\($0.roubles) ₽" }
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

    /// Whether there is anything between the header and the total.
    var hasLines: Bool { !(lines.isEmpty && storno.isEmpty && modifiers.isEmpty) }

    /// Moves notes common to all items to the receipt.
    private mutating func gatherNotes() {
        if let note = common(\.note) {
            facts.append(Entry(label: "Все позиции", value: note))
            forEachLine { $0.note = nil }
        }
        if let agency = common({ $0.agency.isEmpty ? nil : $0.agency }) {
            facts += agency
            forEachLine { $0.agency = [] }
        }
    }

    /// The value common to all lines; nil for a single line.
    private func common<Value: Hashable>(_ value: (Line) -> Value?) -> Value? {
        let values = (lines + storno).map(value)
        guard values.count > 1, Set(values).count == 1 else { return nil }
        return values[0]
    }

    private mutating func forEachLine(_ change: (inout Line) -> Void) {
        for index in lines.indices { change(&lines[index]) }
        for index in storno.indices { change(&storno[index]) }
    }

    private static func entries(of correction: ReceiptCorrection) -> [Entry] {
        let date = correction.date.map { "от \($0.label)" }
        let document = [correction.number.map { "№ \($0)" }, date].compactMap(\.self).joined(separator: " ")
        return entries([
            ("Тип коррекции", correction.cause?.label), ("Основание", correction.basis),
            (correction.basis == nil ? "Основание" : "Документ", document.isEmpty ? nil : document),
        ])
    }

    fileprivate static func entries(of agency: ReceiptAgency, known: [ReceiptAgency.Role] = []) -> [Entry] {
        let roles = agency.roles == known ? "" : agency.roles.map(\.label).joined(separator: ", ")
        let phones = agency.supplierPhones.joined(separator: ", ")
        return entries([
            ("Признак агента", roles.isEmpty ? nil : roles), ("Поставщик", agency.supplier),
            ("ИНН поставщика", agency.supplierTaxNumber), ("Тел. поставщика", phones.isEmpty ? nil : phones),
        ])
    }

    private static func entries(_ pairs: [(label: String, value: String?)]) -> [Entry] {
        pairs.compactMap { label, value in value.map { Entry(label: label, value: Printable.text($0)) } }
    }
}

extension ReceiptSheet.Line {
    /// - Parameter known: the roles stated for the whole receipt.
    fileprivate init(_ item: ReceiptItem, on day: ReceiptTime?, known: [ReceiptAgency.Role]) {
        name = item.name.map(Printable.text) ?? "—"
        sum = item.sum?.roubles
        modifiers = item.modifiers.map(ReceiptSheet.Entry.init)
        let notes = [item.subject.flatMap { ReceiptItem.subjectLabels[$0] }, item.method?.label].compactMap(\.self)
        note = notes.isEmpty ? nil : notes.joined(separator: ", ")
        agency = ReceiptSheet.entries(of: item.agency, known: known)
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
