import EncodingKit
import JSONKit

/// Parses receipts in any known JSON dialect.
package enum ReceiptParser {
    /// Maximum size of one receipt: 1 MiB.
    package static let maximumSize = 1 << 20
    package static let maximumItemCount = 10_000

    /// Parses the receipt in `json`, which may be nested in other objects (`{"document":{"receipt":{…}}}`).
    ///
    /// Missing and unreadable values become ``Receipt/defects``.
    /// - Parameter unit: the unit of amounts with a zero fraction, `300.00`, if the receipt does not determine it.
    /// - Throws: ``ReceiptError`` if the text is not a receipt.
    package static func receipt(from json: [UInt8], unit: AmountUnit? = nil) throws(ReceiptError) -> Receipt {
        guard json.count <= maximumSize else { throw .tooLarge }
        let envelope = try ReceiptEnvelope(findingReceiptIn: try value(parsing: json))
        var fields = ReceiptFields(
            envelope.receipt, path: "", unit: try AmountUnit.unit(of: envelope, hint: unit))
        var receipt = Receipt()
        (receipt.isStrictForm, receipt.correction) = fields.kind(named: envelope.name)
        readHeader(of: &receipt, from: &fields)
        readTime(of: &receipt, from: &fields, envelope)
        readTotals(of: &receipt, from: &fields)
        try readItems(of: &receipt, from: &fields)
        receipt.settleStandardRate()
        receipt.defects = fields.defects
        return receipt
    }

    private static func value(parsing json: [UInt8]) throws(ReceiptError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: json, as: .tolerant)
        } catch {
            if case .tooDeep = error.flaw { throw .tooDeep }
            throw .malformed(offset: error.offset)
        }
    }

    private static func readHeader(of receipt: inout Receipt, from fields: inout ReceiptFields) {
        receipt.seller = Receipt.Seller(
            name: fields.text(.user), taxNumber: fields.text(.userInn), address: fields.text(.retailPlaceAddress),
            place: fields.text(.retailPlace), cashier: fields.text(.operator))
        receipt.register = Receipt.Register(
            registrationNumber: fields.text(.kktRegId), serialNumber: fields.text(.kktNumber),
            storageNumber: fields.text(.fiscalDriveNumber), documentNumber: fields.text(.fiscalDocumentNumber),
            sign: fields.text(.fiscalSign), format: fields.format())
        receipt.buyer = fields.text(.buyerPhoneOrAddress)
        receipt.senderAddress = fields.text(.sellerAddress)
        receipt.verificationSite = fields.text(.fnsUrl)
        receipt.operation = fields.code(.operationType, Receipt.Operation.init(rawValue:))
        receipt.agency = fields.agency()
        receipt.shiftNumber = fields.integer(.shiftNumber)
        receipt.requestNumber = fields.integer(.requestNumber)
        let systems = fields.integer(.appliedTaxationType) ?? 0
        receipt.taxation = Taxation.allCases.filter { systems & Int64($0.rawValue) != 0 }
    }

    /// A time beside the receipt is the register's own. Alone, a Unix time or one in UTC is by the same clock: so the
    /// formats have it, though not all writers.
    private static func readTime(
        of receipt: inout Receipt, from fields: inout ReceiptFields, _ envelope: ReceiptEnvelope
    ) {
        let own = fields.time(.dateTime)
        receipt.time = envelope.time ?? own?.time
        if envelope.time == nil, let own, let open = own.open {
            receipt.notes.append(
                "dateTime: \(open.rawValue), read as the local time \(own.time): "
                    + "nothing beside the receipt says its hour")
        }
    }

    private static func readTotals(of receipt: inout Receipt, from fields: inout ReceiptFields) {
        fields.require(.totalSum)
        receipt.total = fields.kopecks(.totalSum, .error)
        receipt.payments = ReceiptPayment.Form.allCases.compactMap { form in
            fields.kopecks(form.tag).map { ReceiptPayment(form: form, sum: $0) }
        }
        for outer in fields.objects(.amountsReceiptNds) {
            var list = ReceiptFields(outer ?? [:], path: "amountsReceiptNds.", unit: fields.unit)
            // Some writers omit the inner name.
            for amount in list.has(.amountsNds) ? list.objects(.amountsNds) : [outer] {
                var amount = ReceiptFields(
                    amount ?? [:], path: "amountsReceiptNds.amountsNds.", unit: fields.unit)
                let rate = amount.code(.nds, VATRate.init(rawValue:))
                let sum = amount.kopecks(.ndsSum)
                fields.defects += amount.defects
                if let rate, let sum { fields.addVAT(rate, sum) }
            }
            fields.defects += list.defects
        }
        receipt.vatTotals = fields.vat
        receipt.modifiers = modifiers(from: &fields)
    }

    private static func readItems(of receipt: inout Receipt, from fields: inout ReceiptFields) throws(ReceiptError) {
        if receipt.correction == nil { fields.require(.items) }
        receipt.hasItems = fields.isList(.items)
        for tag in [ReceiptFields.Tag.items, .stornoItems] {
            let objects = fields.objects(tag, .error)
            guard objects.count <= maximumItemCount else { throw .tooManyItems }
            for (index, object) in objects.enumerated() {
                // An element that is not an object keeps its position, without a sum.
                var line = ReceiptFields(object ?? [:], path: "\(tag.rawValue)[\(index)].", unit: fields.unit)
                let item = object == nil ? ReceiptItem() : item(from: &line)
                if tag == .stornoItems || line.isTrue(.storno) {
                    receipt.stornoItems.append(item.unsigned)
                } else {
                    receipt.items.append(item)
                }
                fields.defects += line.defects
            }
        }
        // Before format 1.1 a correction has no items, which some write as an empty list.
        if receipt.correction != nil, receipt.items.isEmpty { receipt.hasItems = false }
    }

    private static func item(from line: inout ReceiptFields) -> ReceiptItem {
        var item = ReceiptItem()
        line.require(.name, .warning)
        for tag in [ReceiptFields.Tag.price, .quantity, .sum] { line.require(tag) }
        item.name = line.text(.name)
        item.price = line.kopecks(.price, .error)
        item.quantity = line.decimal(.quantity, .error)
        item.sum = line.kopecks(.sum, .error)
        item.measure = line.text(.measure) ?? line.integer(.itemsQuantityMeasure).flatMap { QuantityMeasure.names[$0] }
        item.method = line.code(.paymentType, ReceiptItem.SettlementMethod.init(rawValue:))
        item.subject = line.integer(.productType)
        item.vatRate = line.code(.nds, VATRate.init(rawValue:))
        item.vatSum = line.kopecks(.ndsSum) ?? line.vat.first { $0.rate == item.vatRate && $0.rate.isTaxed }?.sum
        // Older formats name the rate in the field: `"nds10": 542`. Some have every field, of which one is not zero.
        if item.vatRate == nil, let tax = line.vat.first(where: { $0.sum != 0 }) ?? line.onlyVAT {
            item.vatRate = tax.rate
            item.vatSum = tax.rate.isTaxed ? tax.sum : nil
        }
        item.modifiers = modifiers(from: &line)
        item.agency = line.agency()
        return item
    }

    private static func modifiers(from fields: inout ReceiptFields) -> [ReceiptModifier] {
        fields.objects(.modifiers).flatMap { object in
            guard let object else { return [ReceiptModifier]() }
            var modifier = ReceiptFields(object, path: "\(fields.path)modifiers.", unit: fields.unit)
            defer { fields.defects += modifier.defects }
            let discount = modifier.kopecks(.discountSum).flatMap { $0 == .min ? nil : -$0 }
            return [
                ReceiptModifier(name: modifier.text(.discountName), change: discount ?? 0),
                ReceiptModifier(name: modifier.text(.markupName), change: modifier.kopecks(.markupSum) ?? 0),
            ].filter { $0.change != 0 }
        }
    }
}

extension ReceiptItem {
    /// The item without the negative signs by which some writers mark a storno.
    ///
    /// Modifiers may or may not have been negated too; the variant that adds up is chosen.
    fileprivate var unsigned: ReceiptItem {
        var item = self
        item.price = price?.absolute
        item.quantity = quantity?.magnitude
        item.sum = sum?.absolute
        item.vatSum = vatSum?.absolute
        guard [price, sum].contains(where: { ($0 ?? 0) < 0 }), !item.addsUp else { return item }
        var other = item
        other.modifiers = modifiers.map { ReceiptModifier(name: $0.name, change: -max($0.change, -.max)) }
        return other.addsUp ? other : item
    }
}

extension Kopecks {
    /// The absolute value; ``min``, whose absolute value exceeds 64 bits, is unchanged.
    fileprivate var absolute: Kopecks { Kopecks(exactly: magnitude) ?? self }
}

extension ReceiptPayment.Form {
    fileprivate var tag: ReceiptFields.Tag {
        switch self {
        case .cash: .cashTotalSum
        case .electronic: .ecashTotalSum
        case .prepaid: .prepaidSum
        case .credit: .creditSum
        case .provision: .provisionSum
        }
    }
}
