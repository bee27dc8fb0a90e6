import EncodingKit
import JSONKit

// Interpretation of JSON values in receipts, whose writers differ in numbers and blanks.

extension JSONValue {
    /// Unwraps MongoDB Extended JSON: `{"$date": …}`, `{"$numberLong": "12"}`, possibly nested.
    var withoutExtension: JSONValue {
        guard let member = object?.members.last, object?.members.allSatisfy({ $0.name == member.name }) == true,
            ["$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal"].contains(member.name)
        else { return self }
        return member.value.withoutExtension
    }

    /// The numeric value, also if written as text.
    var decimal: ExactDecimal? {
        switch self {
        case .number(let digits): try? ExactDecimal(digits.utf8)
        case .string(let text): text.trimmed.flatMap { try? ExactDecimal($0.withoutLeadingZeros) }
        default: nil
        }
    }

    /// Whether it is blank text.
    var isBlank: Bool {
        if case .string(let text) = self { text.trimmed == nil } else { false }
    }

    /// Whether it is blank or the number 0.
    var isBlankOrZero: Bool { isBlank || decimal?.integer == 0 }

    /// The value as abbreviated JSON.
    var abbreviated: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .number(let digits): digits.shortestNumber.shortened
        case .string(let text): "\"\(text.shortened)\""
        case .array: "[…]"
        case .object: "{…}"
        }
    }
}

extension String {
    /// Abbreviated to 24 characters.
    var shortened: String { count > 24 ? "\(prefix(24))…" : self }

    /// The number without exponent and trailing zeros, if within the range of ``ExactDecimal``.
    var shortestNumber: String { (try? ExactDecimal(utf8))?.description ?? self }

    /// Trimmed text; nil if empty.
    var trimmed: String? {
        let isBlank: (UInt8) -> Bool = { $0 <= 0x20 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return String(self[first...last])
    }

    /// `"0012"` as `12`: registers pad numbers that they write as text.
    fileprivate var withoutLeadingZeros: [UInt8] {
        var digits = Array(utf8)
        let start = digits.first == UInt8(ascii: "-") ? 1 : 0
        let zeros = digits[start...].prefix { $0 == UInt8(ascii: "0") }.count
        // One zero is kept if no digit follows, `0.5`.
        let next = digits.dropFirst(start + zeros).first ?? 0
        let isDigitNext = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next)
        digits.removeSubrange(start..<(start + (isDigitNext ? zeros : max(0, zeros - 1))))
        return digits
    }
}
