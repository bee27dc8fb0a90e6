/// Decimal text of integers scaled by a power of ten.
package enum DecimalText {
    /// The text of `value` divided by 10^`digits`, with exactly that many decimals.
    package static func text(_ value: some SignedInteger, digits: Int) -> String {
        let magnitude = String(value.magnitude)
        let sign = value < 0 ? "-" : ""
        guard digits > 0 else { return sign + magnitude }
        let padded = String(repeating: "0", count: max(0, digits + 1 - magnitude.count)) + magnitude
        return "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
    }

    /// The text of `value` divided by 10^`digits`, without trailing zeros or a bare point.
    package static func shortest(_ value: Int64, digits: Int) -> String {
        guard digits > 0 else { return text(value, digits: 0) }
        var text = text(value, digits: digits)
        while text.last == "0" { text.removeLast() }
        if text.last == "." { text.removeLast() }
        return text
    }
}
