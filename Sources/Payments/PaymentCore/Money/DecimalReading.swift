package import EncodingKit

extension DecimalText {
    /// The value of `text` times 10^`digits`, exactly.
    /// - Throws: ``MoneyError/notDecimal(_:)``, ``MoneyError/tooPrecise(_:digits:)`` or ``MoneyError/overflow``.
    package static func scaled(_ text: some StringProtocol, digits: Int) throws(MoneyError) -> Int64 {
        guard isDecimal(text) else { throw .notDecimal(String(text)) }
        let isNegative = text.utf8.first == UInt8(ascii: "-")
        let rest = text.utf8.dropFirst(isNegative ? 1 : 0)
        let whole = rest.prefix { $0 != UInt8(ascii: ".") }
        let decimals = rest.dropFirst(whole.count + 1)
        guard decimals.count <= digits else { throw .tooPrecise(String(text), digits: digits) }

        var value: Int64 = 0
        let padding = repeatElement(UInt8(ascii: "0"), count: digits - decimals.count)
        for digit in [whole, decimals].joined() {
            value = try appending(digit, to: value, isNegative: isNegative)
        }
        for digit in padding { value = try appending(digit, to: value, isNegative: isNegative) }
        return value
    }

    /// Whether `text` is digits, perhaps behind a minus sign, and perhaps a point and more digits.
    static func isDecimal(_ text: some StringProtocol) -> Bool {
        let rest = text.utf8.dropFirst(text.utf8.first == UInt8(ascii: "-") ? 1 : 0)
        let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    private static func appending(_ digit: UInt8, to value: Int64, isNegative: Bool) throws(MoneyError) -> Int64 {
        let (shifted, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let step = Int64(digit - UInt8(ascii: "0"))
        let (sum, overflow) =
            isNegative ? shifted.subtractingReportingOverflow(step) : shifted.addingReportingOverflow(step)
        guard !tooLarge, !overflow else { throw .overflow }
        return sum
    }
}
