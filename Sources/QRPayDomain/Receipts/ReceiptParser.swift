/// Reads receipts from JSON, whatever their dialect, into ``Receipt``.
package enum ReceiptParser {
    /// Bytes of one receipt, 1 MiB.
    package static let largestSize = 1 << 20
    package static let mostItems = 10_000

    /// The receipt in `json`, which may stand inside other objects (`{"document":{"receipt":{…}}}`).
    ///
    /// What is missing or cannot be read becomes one of ``Receipt/defects``.
    /// - Throws: ``ReceiptError`` when there is no receipt to read.
    package static func receipt(from json: [UInt8]) throws(ReceiptError) -> Receipt {
        guard json.count <= largestSize else { throw .tooLarge }
        guard let object = outermostReceipt(in: try value(parsing: json)) else { throw .notAReceipt }
        var fields = ReceiptFields(object, path: "")
        var receipt = Receipt()
        readHeader(of: &receipt, from: &fields)
        readTotals(of: &receipt, from: &fields)
        try readItems(of: &receipt, from: &fields)
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

    /// The object with items or a total that is least deep inside others.
    private static func outermostReceipt(in json: JSONValue) -> JSONObject? {
        var level = [json]
        while !level.isEmpty {
            let objects = level.compactMap(\.object)
            if let found = objects.first(where: { $0["items"] != nil || $0["totalSum"] != nil }) {
                return found
            }
            level = objects.flatMap { $0.members.map(\.value) }
        }
        return nil
    }

    private static func readHeader(of receipt: inout Receipt, from fields: inout ReceiptFields) {
        receipt.seller = Receipt.Seller(
            name: fields.text(.user), taxNumber: fields.text(.userInn), address: fields.text(.retailPlaceAddress),
            place: fields.text(.retailPlace), cashier: fields.text(.operator))
        receipt.register = Receipt.Register(
            registrationNumber: fields.text(.kktRegId), serialNumber: fields.text(.kktNumber),
            storageNumber: fields.text(.fiscalDriveNumber), documentNumber: fields.text(.fiscalDocumentNumber),
            sign: fields.text(.fiscalSign), format: fields.integer(.fiscalDocumentFormatVer))
        receipt.buyer = fields.text(.buyerPhoneOrAddress)
        receipt.senderAddress = fields.text(.sellerAddress)
        receipt.verificationSite = fields.text(.fnsUrl)
        receipt.operation = fields.code(.operationType, Receipt.Operation.init(rawValue:))
        receipt.time = fields.time(.dateTime)
        receipt.shiftNumber = fields.integer(.shiftNumber)
        receipt.requestNumber = fields.integer(.requestNumber)
        let systems = fields.integer(.taxationType) ?? 0
        receipt.taxation = Taxation.allCases.filter { systems & Int64($0.rawValue) != 0 }
    }

    private static func readTotals(of receipt: inout Receipt, from fields: inout ReceiptFields) {
        fields.require(.totalSum)
        receipt.total = fields.kopecks(.totalSum, .error)
        receipt.payments = ReceiptPayment.Form.allCases.compactMap { form in
            fields.kopecks(form.tag).map { ReceiptPayment(form: form, sum: $0) }
        }
        for list in fields.objects(.amountsReceiptNds) {
            var list = ReceiptFields(list ?? [:], path: "amountsReceiptNds.")
            for amount in list.objects(.amountsNds) {
                var amount = ReceiptFields(amount ?? [:], path: "amountsReceiptNds.amountsNds.")
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
        fields.require(.items)
        receipt.hasItems = fields.isList(.items)
        for tag in [ReceiptFields.Tag.items, .stornoItems] {
            let objects = fields.objects(tag, .error)
            guard objects.count <= mostItems else { throw .tooManyItems }
            for (index, object) in objects.enumerated() {
                guard let object else {
                    receipt.items.append(ReceiptItem())
                    continue
                }
                var line = ReceiptFields(object, path: "\(tag.rawValue)[\(index)].")
                let item = item(from: &line)
                if tag == .stornoItems || line.isTrue(.storno) {
                    receipt.stornoItems.append(item)
                } else {
                    receipt.items.append(item)
                }
                fields.defects += line.defects
            }
        }
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
        item.vatSum = line.kopecks(.ndsSum)
        // Older formats name the rate by the field: `"nds10": 542`. Some have every field, and one that is not zero.
        if item.vatRate == nil, let tax = line.vat.first(where: { $0.sum != 0 }) ?? line.onlyVAT {
            item.vatRate = tax.rate
            item.vatSum = tax.rate.isTaxed ? tax.sum : nil
        }
        item.modifiers = modifiers(from: &line)
        return item
    }

    private static func modifiers(from fields: inout ReceiptFields) -> [ReceiptModifier] {
        fields.objects(.modifiers).compactMap { object in
            guard let object else { return nil }
            var modifier = ReceiptFields(object, path: "\(fields.path)modifiers.")
            defer { fields.defects += modifier.defects }
            if let discount = modifier.kopecks(.discountSum), discount != 0, discount != .min {
                return ReceiptModifier(name: modifier.text(.discountName), change: -discount)
            }
            guard let markup = modifier.kopecks(.markupSum), markup != 0 else { return nil }
            return ReceiptModifier(name: modifier.text(.markupName), change: markup)
        }
    }
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
