package import EncodingKit

extension DecimalText {
    /// The value of `text` times 10^`digits`, exactly.
    /// - Throws: ``MoneyError/notDecimal(_:)``, ``MoneyError/tooPrecise(_:digits:)`` or ``MoneyError/overflow``.
    package static func scaled(_ text: some StringProtocol, digits: Int) throws(MoneyError) -> Int64 {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let whole = rest.prefix { $0 != UInt8(ascii: ".") }
        var decimals = rest.dropFirst(whole.count)
        if decimals.first == UInt8(ascii: ".") {
            decimals = decimals.dropFirst()
            guard !decimals.isEmpty else { throw .notDecimal(String(text)) }
        }
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !whole.isEmpty, whole.allSatisfy(isDigit), decimals.allSatisfy(isDigit) else {
            throw .notDecimal(String(text))
        }
        guard decimals.count <= digits else { throw .tooPrecise(String(text), digits: digits) }

        var value: Int64 = 0
        let padding = repeatElement(UInt8(ascii: "0"), count: digits - decimals.count)
        for digit in [whole, decimals].joined() {
            value = try appending(digit, to: value, isNegative: isNegative)
        }
        for digit in padding { value = try appending(digit, to: value, isNegative: isNegative) }
        return value
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
