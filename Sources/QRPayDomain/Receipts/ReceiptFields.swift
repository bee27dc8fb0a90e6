import JSONKit

/// The members of one object of a receipt, by what they mean, whichever name its dialect has for them.
struct ReceiptFields {
    /// The tags that are read, by the most common of their names, which counts where a receipt has others too.
    enum Tag: String, CaseIterable {
        case user, userInn, retailPlaceAddress, retailPlace, `operator`, buyerPhoneOrAddress, sellerAddress, fnsUrl
        case dateTime, shiftNumber, requestNumber, operationType, appliedTaxationType
        case kktRegId, kktNumber, fiscalDriveNumber, fiscalDocumentNumber, fiscalSign, fiscalDocumentFormatVer
        case items, stornoItems, modifiers
        case totalSum, cashTotalSum, ecashTotalSum, prepaidSum, creditSum, provisionSum, amountsReceiptNds, amountsNds
        case name, price, quantity, measure, itemsQuantityMeasure, sum, nds, ndsSum, paymentType, productType, storno
        case discountName, discountSum, markupName, markupSum
    }

    private static let otherNames: [String: Tag] = [
        "retailAddress": .retailPlaceAddress, "taxationType": .appliedTaxationType, "numberKkt": .kktNumber,
        "protocolVersion": .fiscalDocumentFormatVer, "prepaymentSum": .prepaidSum, "postpaymentSum": .creditSum,
        "counterSubmissionSum": .provisionSum, "senderAddress": .sellerAddress, "unit": .measure, "ndsRate": .nds,
        "calculationTypeSign": .paymentType, "calculationSubjectSign": .productType,
    ]

    private static let tags: [String: Tag] = Tag.allCases.reduce(into: otherNames) { $0[$1.rawValue] = $1 }

    /// The names that carry both a rate and an amount of it.
    private static let rates: [String: VATRate] = [
        "nds18": .standard, "nds20": .standard, "nds10": .ten, "nds0": .zero, "ndsNo": .exempt,
        "ndsCalculated18": .standardIncluded, "ndsCalculated20": .standardIncluded, "ndsCalculated10": .tenIncluded,
        "nds5": .five, "nds7": .seven, "ndsCalculated5": .fiveIncluded, "ndsCalculated7": .sevenIncluded,
        "nds22": .twentyTwo, "ndsCalculated22": .twentyTwoIncluded,
    ]

    /// Where in the receipt this object is, `items[3].`; empty for the receipt itself.
    let path: String
    var defects: [ReceiptFinding] = []
    /// Amounts of VAT by rate, in the order of the codes.
    private(set) var vat: [VATTotal] = []
    private var values: [Tag: JSONValue] = [:]
    private var names: [Tag: String] = [:]
    /// What a tag is under a second name, where both say something.
    private var rivals: [Tag: (name: String, value: JSONValue)] = [:]

    init(_ object: JSONObject, path: String) {
        self.path = path
        values.reserveCapacity(object.members.count)
        for member in object.members where member.value != .null {
            let value = member.value.withoutExtension
            if let tag = Self.tags[member.name] {
                keep(value, member.name, tag)
            } else if let rate = Self.rates[member.name], let sum = kopecks(value, member.name) {
                addVAT(rate, sum)
            }
        }
    }

    /// Of two names for one tag, the one that says something counts; of two that do, the tag's own.
    private mutating func keep(_ value: JSONValue, _ name: String, _ tag: Tag) {
        var (name, value) = (name, value)
        if let known = values[tag], let knownName = names[tag], knownName != name {
            if Self.isNothing(value) { return }
            if !Self.isNothing(known) {
                rivals[tag] = (name, value)
                if name == tag.rawValue { rivals[tag] = (knownName, known) } else { (name, value) = (knownName, known) }
            }
        }
        (values[tag], names[tag]) = (value, name)
    }

    /// Keeps the amount that is not zero where two names, an old and a new one, stand for one rate.
    mutating func addVAT(_ rate: VATRate, _ sum: Kopecks) {
        guard let known = vat.firstIndex(where: { $0.rate >= rate }) else {
            vat.append(VATTotal(rate: rate, sum: sum))
            return
        }
        if vat[known].rate != rate {
            vat.insert(VATTotal(rate: rate, sum: sum), at: known)
        } else if vat[known].sum == 0 {
            vat[known].sum = sum
        }
    }

    subscript(_ tag: Tag) -> JSONValue? { values[tag] }

    /// Whether a tag is there at all, whatever its value.
    func has(_ tag: Tag) -> Bool { self[tag] != nil }

    /// Text without blanks around it; nil where nothing is left.
    mutating func text(_ tag: Tag) -> String? {
        switch self[tag] {
        case nil: return nil
        case .string(let text): return Self.trimmed(text)
        case .number(let digits): return Self.shortest(digits)
        case let other?:
            reject(other, tag, expected: "text", .warning)
            return nil
        }
    }

    mutating func integer(_ tag: Tag) -> Int64? {
        guard let value = self[tag], !Self.isBlank(value) else { return nil }
        if let integer = Self.decimal(value)?.integer { return integer }
        reject(value, tag, expected: "a whole number", .warning)
        return nil
    }

    mutating func decimal(_ tag: Tag, _ severity: ReceiptFinding.Severity) -> ExactDecimal? {
        guard let value = self[tag] else { return nil }
        if let decimal = Self.decimal(value), decimal.exponent <= 0 { return decimal }
        reject(value, tag, expected: "a number", severity)
        return nil
    }

    /// An amount; two that differ, under two names, are a defect.
    mutating func kopecks(_ tag: Tag, _ severity: ReceiptFinding.Severity = .warning) -> Kopecks? {
        guard let value = self[tag] else { return nil }
        let amount = kopecks(value, name(tag), severity)
        if let amount, let rival = rivals[tag], Self.decimal(rival.value)?.integer != amount {
            reject(rival.value, rival.name, expected: "\(amount), as \(name(tag)) is", .error)
        }
        return amount
    }

    /// A blank text stands for nothing, but where the amount has to be there.
    private mutating func kopecks(
        _ value: JSONValue, _ name: String, _ severity: ReceiptFinding.Severity = .warning
    ) -> Kopecks? {
        if severity == .warning, Self.isBlank(value) { return nil }
        if let kopecks = Self.decimal(value)?.integer { return kopecks }
        reject(value, name, expected: "whole kopecks", severity)
        return nil
    }

    /// The objects of a list; what is no object is reported and stands as nil, a single object counts as a list of one.
    mutating func objects(_ tag: Tag, _ severity: ReceiptFinding.Severity = .warning) -> [JSONObject?] {
        switch self[tag] {
        case nil: return []
        case .object(let object): return [object]
        case .array(let elements):
            for (index, element) in elements.enumerated() where element.object == nil {
                reject(element, "\(name(tag))[\(index)]", expected: "an object", severity)
            }
            return elements.map(\.object)
        case let other?:
            reject(other, tag, expected: "a list", severity)
            return []
        }
    }

    /// The case of an enumeration with an integer code.
    mutating func code<Case>(_ tag: Tag, _ find: (Int) -> Case?) -> Case? {
        guard let integer = integer(tag) else { return nil }
        if let found = Int(exactly: integer).flatMap(find) { return found }
        reject(self[tag] ?? .null, tag, expected: "a known code", .warning)
        return nil
    }

    /// The format by its code or by its version, `2` or `"1.05"`.
    mutating func format() -> Receipt.Format? {
        let tag = Tag.fiscalDocumentFormatVer
        guard let text = text(tag) else { return nil }
        if let format = Receipt.Format.allCases.first(where: { text == "\($0.rawValue)" || text == $0.version }) {
            return format
        }
        reject(self[tag] ?? .null, tag, expected: "a known format", .warning)
        return nil
    }

    /// ISO 8601 text, or seconds or milliseconds from 1970 as number or text.
    mutating func time(_ tag: Tag) -> ReceiptTime? {
        guard let value = self[tag], !Self.isBlank(value) else { return nil }
        if let number = Self.decimal(value)?.integer {
            if let time = ReceiptTime(seconds: number) ?? ReceiptTime(seconds: number / 1000) { return time }
        } else if case .string(let text) = value, let text = Self.trimmed(text) {
            if let time = ReceiptTime(iso8601: text) { return time }
        }
        reject(value, tag, expected: "a time", .warning)
        return nil
    }

    /// Whether a tag is `true` or the number 1.
    func isTrue(_ tag: Tag) -> Bool {
        switch self[tag] {
        case .bool(let value): value
        case .number(let digits): (try? ExactDecimal(digits.utf8)) == .one
        default: false
        }
    }

    /// The one VAT amount of this object, where there is exactly one.
    var onlyVAT: VATTotal? { vat.count == 1 ? vat.first : nil }

    /// What the receipt itself calls a tag.
    private func name(_ tag: Tag) -> String { names[tag] ?? tag.rawValue }

    private mutating func reject(
        _ value: JSONValue, _ tag: Tag, expected: String, _ severity: ReceiptFinding.Severity
    ) {
        reject(value, name(tag), expected: expected, severity)
    }

    private mutating func reject(
        _ value: JSONValue, _ name: String, expected: String, _ severity: ReceiptFinding.Severity
    ) {
        let shown = value.abbreviated
        defects.append(
            ReceiptFinding(
                class: .badValue, severity: severity, expected: expected, actual: shown,
                explanation: "\(path)\(name): \(shown) is not \(expected)"))
    }

    /// Whether ``objects(_:_:)`` finds a list, be it empty.
    func isList(_ tag: Tag) -> Bool {
        switch self[tag] {
        case .array, .object: true
        default: false
        }
    }

    mutating func require(_ tag: Tag, _ severity: ReceiptFinding.Severity = .error) {
        guard !has(tag) else { return }
        defects.append(
            ReceiptFinding(
                class: .missingField, severity: severity, expected: tag.rawValue, actual: "",
                explanation: "\(path)\(tag.rawValue) is missing"))
    }

    private static func decimal(_ value: JSONValue) -> ExactDecimal? {
        switch value {
        case .number(let digits): try? ExactDecimal(digits.utf8)
        case .string(let text): trimmed(text).flatMap { try? ExactDecimal(withoutLeadingZeros($0)) }
        default: nil
        }
    }

    /// `"0012"` as `12`: registers pad numbers that they write as text.
    private static func withoutLeadingZeros(_ text: String) -> [UInt8] {
        var digits = Array(text.utf8)
        let start = digits.first == UInt8(ascii: "-") ? 1 : 0
        let zeros = digits[start...].prefix { $0 == UInt8(ascii: "0") }.count
        // One zero stays where no digit follows, `0.5`.
        let next = digits.dropFirst(start + zeros).first ?? 0
        let isDigitNext = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next)
        digits.removeSubrange(start..<(start + (isDigitNext ? zeros : max(0, zeros - 1))))
        return digits
    }

    private static func isBlank(_ value: JSONValue) -> Bool {
        if case .string(let text) = value { trimmed(text) == nil } else { false }
    }

    /// Whether a value is blank or the number 0.
    private static func isNothing(_ value: JSONValue) -> Bool { isBlank(value) || decimal(value)?.integer == 0 }

    /// A number without an exponent and without zeros at its end, where it is within ``ExactDecimal``.
    fileprivate static func shortest(_ digits: String) -> String {
        (try? ExactDecimal(digits.utf8))?.description ?? digits
    }

    private static func trimmed(_ text: String) -> String? {
        let isBlank: (UInt8) -> Bool = { $0 <= 0x20 }
        guard let first = text.utf8.firstIndex(where: { !isBlank($0) }),
            let last = text.utf8.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return String(text[first...last])
    }
}

extension JSONValue {
    /// What MongoDB's extended JSON wraps in an object: `{"$date": …}`, `{"$numberLong": "12"}`, one in the other.
    fileprivate var withoutExtension: JSONValue {
        guard let member = object?.members.last, object?.members.allSatisfy({ $0.name == member.name }) == true,
            ["$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"].contains(member.name)
        else { return self }
        return member.value.withoutExtension
    }

    /// The value as JSON, cut to a few words.
    fileprivate var abbreviated: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let digits): cut(ReceiptFields.shortest(digits))
        case .string(let text): "\"\(cut(text))\""
        case .array: "[…]"
        case .object: "{…}"
        }
    }

    private func cut(_ text: String) -> String { text.count > 24 ? "\(text.prefix(24))…" : text }
}
