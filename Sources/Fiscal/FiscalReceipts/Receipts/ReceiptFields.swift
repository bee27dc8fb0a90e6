import EncodingKit
import JSONKit

/// The members of one object of a receipt by their meaning, independent of the dialect's names.
struct ReceiptFields {
    /// The known tags by their most common name, which takes precedence if a receipt has several.
    enum Tag: String, CaseIterable {
        case user, userInn, retailPlaceAddress, retailPlace, `operator`, buyerPhoneOrAddress, sellerAddress, fnsUrl
        case dateTime, shiftNumber, requestNumber, operationType, appliedTaxationType
        case kktRegId, kktNumber, fiscalDriveNumber, fiscalDocumentNumber, fiscalSign, fiscalDocumentFormatVer
        case items, stornoItems, modifiers
        case totalSum, cashTotalSum, ecashTotalSum, prepaidSum, creditSum, provisionSum, amountsReceiptNds, amountsNds
        case name, price, quantity, measure, itemsQuantityMeasure, sum, nds, ndsSum, paymentType, productType, storno
        case discountName, discountSum, markupName, markupSum
        case receiptCode, correctionType, correctionBase
        case correctionName, correctionDocumentDate, correctionDocumentNumber
        case paymentAgentType, providerData, providerName, providerInn, providerPhone

        /// Whether its value may contain amounts.
        var holdsAmounts: Bool {
            [.items, .stornoItems, .modifiers, .amountsReceiptNds, .amountsNds].contains(self)
        }

        var isAgency: Bool {
            switch self {
            case .paymentAgentType, .providerData, .providerName, .providerInn, .providerPhone: true
            default: false
            }
        }

        var isAmount: Bool {
            switch self {
            case .totalSum, .cashTotalSum, .ecashTotalSum, .prepaidSum, .creditSum, .provisionSum, .price, .sum,
                .ndsSum, .discountSum, .markupSum:
                true
            default: false
            }
        }
    }

    private static let otherNames: [String: Tag] = [
        "retailAddress": .retailPlaceAddress, "taxationType": .appliedTaxationType, "numberKkt": .kktNumber,
        "protocolVersion": .fiscalDocumentFormatVer, "prepaymentSum": .prepaidSum, "postpaymentSum": .creditSum,
        "counterSubmissionSum": .provisionSum, "senderAddress": .sellerAddress, "unit": .measure, "ndsRate": .nds,
        "calculationTypeSign": .paymentType, "calculationSubjectSign": .productType, "code": .receiptCode,
        "correctionBaseName": .correctionName, "correctionDescription": .correctionName,
        "correctionDate": .correctionDocumentDate, "correctionNumber": .correctionDocumentNumber,
        "paymentAgentByProductType": .paymentAgentType, "supplierData": .providerData, "supplierName": .providerName,
        "supplierInn": .providerInn, "supplierPhone": .providerPhone, "supplierPhones": .providerPhone,
        "providerPhones": .providerPhone,
    ]

    private static let tags: [String: Tag] = Tag.allCases.reduce(into: otherNames) { $0[$1.rawValue] = $1 }

    /// Whether a member with this name is an amount of money.
    static func isAmount(_ name: String) -> Bool { tags[name]?.isAmount ?? (VATRate(totalName: name) != nil) }

    /// Whether a member with this name is a list that may contain amounts.
    static func holdsAmounts(_ name: String) -> Bool { tags[name]?.holdsAmounts ?? false }

    /// The path of this object in the receipt, `items[3].`; empty for the receipt itself.
    let path: String
    /// The unit of the amounts.
    let unit: AmountUnit
    var defects: [ReceiptFinding] = []
    /// Amounts of VAT by rate, in the order of the codes.
    private(set) var vat: [VATTotal] = []
    /// Whether there are fields about an agent or a supplier; most objects have none.
    private(set) var hasAgency = false
    private var values: [Tag: JSONValue] = [:]
    private var names: [Tag: String] = [:]
    /// The value of a tag under a second name, if both have one.
    private var alternatives: [Tag: (name: String, value: JSONValue)] = [:]

    init(_ object: JSONObject, path: String, unit: AmountUnit) {
        (self.path, self.unit) = (path, unit)
        values.reserveCapacity(object.members.count)
        for member in object.members where member.value != .null {
            let value = member.value.withoutExtension
            if let tag = Self.tags[member.name] {
                keep(value, member.name, tag)
            } else if let rate = VATRate(totalName: member.name), let sum = kopecks(value, member.name) {
                addVAT(rate, sum)
            }
        }
    }

    /// Of two names for one tag, the one with a value is used; if both have one, the tag's own.
    private mutating func keep(_ value: JSONValue, _ name: String, _ tag: Tag) {
        var (name, value) = (name, value)
        if let known = values[tag], let knownName = names[tag], knownName != name {
            if value.isBlankOrZero { return }
            if !known.isBlankOrZero {
                alternatives[tag] = (name, value)
                if name == tag.rawValue {
                    alternatives[tag] = (knownName, known)
                } else {
                    (name, value) = (knownName, known)
                }
            }
        }
        (values[tag], names[tag]) = (value, name)
        if tag.isAgency { hasAgency = true }
    }

    /// Keeps the nonzero amount if an old and a new name stand for the same rate.
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

    /// Whether a tag is present, whatever its value.
    func has(_ tag: Tag) -> Bool { self[tag] != nil }

    /// Trimmed text; nil if empty.
    mutating func text(_ tag: Tag) -> String? {
        switch self[tag] {
        case nil: return nil
        case .string(let text): return text.trimmed
        case .number(let digits): return digits.shortestNumber
        case let other?:
            reject(other, tag, expected: "text", .warning)
            return nil
        }
    }

    /// The texts of a list or a single text, without blank ones.
    mutating func texts(_ tag: Tag) -> [String] {
        guard case .array(let elements) = self[tag] else { return [text(tag)].compactMap(\.self) }
        return elements.compactMap { element in
            switch element.withoutExtension {
            case .string(let text): return text.trimmed
            case .number(let digits): return digits.shortestNumber
            case let other:
                reject(other, tag, expected: "text", .warning)
                return nil
            }
        }
    }

    mutating func integer(_ tag: Tag) -> Int64? {
        guard let value = self[tag], !value.isBlank else { return nil }
        if let integer = value.decimal?.integer { return integer }
        reject(value, tag, expected: "a whole number", .warning)
        return nil
    }

    mutating func decimal(_ tag: Tag, _ severity: ReceiptFinding.Severity) -> ExactDecimal? {
        guard let value = self[tag] else { return nil }
        if let decimal = value.decimal, decimal.exponent <= 0 { return decimal }
        reject(value, tag, expected: "a number", severity)
        return nil
    }

    /// An amount; two different amounts under two names are a defect.
    mutating func kopecks(_ tag: Tag, _ severity: ReceiptFinding.Severity = .warning) -> Kopecks? {
        guard let value = self[tag] else { return nil }
        let amount = kopecks(value, name(tag), severity)
        if let amount, let alternative = alternatives[tag], alternative.value.decimal.flatMap(unit.kopecks) != amount {
            reject(
                alternative.value, alternative.name,
                expected: "\(value.decimal?.description ?? ""), as \(name(tag)) is", .error)
        }
        return amount
    }

    /// Blank text means no amount, unless the amount is required.
    private mutating func kopecks(
        _ value: JSONValue, _ name: String, _ severity: ReceiptFinding.Severity = .warning
    ) -> Kopecks? {
        if severity == .warning, value.isBlank { return nil }
        if let kopecks = value.decimal.flatMap(unit.kopecks) { return kopecks }
        let expected = unit == .kopecks ? "whole kopecks" : "roubles with whole kopecks"
        reject(value, name, expected: expected, severity)
        return nil
    }

    /// The objects of a list; other elements are reported and become nil. A single object counts as a list of one.
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
        rejectCode(tag)
        return nil
    }

    mutating func rejectCode(_ tag: Tag) { reject(self[tag] ?? .null, tag, expected: "a known code", .warning) }

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

    /// Times whose zone is open: writers disagree whether they are in UTC or by the clock on the wall.
    enum OpenTime: String {
        case unix = "a Unix time"
        case utc = "a time in UTC"
    }

    /// ISO 8601 text, or seconds or milliseconds from 1970 as number or text.
    mutating func time(_ tag: Tag) -> (time: ReceiptTime, open: OpenTime?)? {
        guard let value = self[tag], !value.isBlank else { return nil }
        if let number = value.decimal?.integer {
            let time = ReceiptTime(seconds: number) ?? (number < 0 ? nil : ReceiptTime(seconds: number / 1000))
            if let time { return (time, .unix) }
        } else if case .string(let text) = value, let text = text.trimmed {
            if let time = ReceiptTime(iso8601: text) { return (time, ReceiptTime.isInUTC(text) ? .utc : nil) }
        }
        reject(value, tag, expected: "a time", .warning)
        return nil
    }

    /// A day: like ``time(_:)``, or `30.04.2024`. A Unix time is rounded to the nearest midnight, because it is
    /// midnight in some time zone.
    mutating func day(_ tag: Tag) -> ReceiptTime? {
        guard let value = self[tag], !value.isBlank else { return nil }
        if let number = value.decimal?.integer {
            let (nearest, overflow) = number.addingReportingOverflow(43_200)
            if let time = ReceiptTime(seconds: nearest), !overflow { return time.withoutClock }
        }
        let parts =
            if case .string(let text) = value { text.trimmed?.split(separator: ".") ?? [] } else { [Substring]() }
        if parts.count == 3, let time = ReceiptTime(iso8601: "\(parts[2])-\(parts[1])-\(parts[0])") { return time }
        return time(tag)?.time.withoutClock
    }

    /// Whether a tag is `true` or the number 1.
    func isTrue(_ tag: Tag) -> Bool {
        switch self[tag] {
        case .bool(let value): value
        case .number(let digits): (try? ExactDecimal(digits.utf8)) == .one
        default: false
        }
    }

    /// The VAT amount of this object, if there is exactly one.
    var onlyVAT: VATTotal? { vat.count == 1 ? vat.first : nil }

    /// The receipt's own name for a tag.
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

    /// Whether ``objects(_:_:)`` finds a list, even an empty one.
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
}
