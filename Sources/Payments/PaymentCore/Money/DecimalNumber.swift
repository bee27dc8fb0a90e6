import EncodingKit
import JSONKit

/// A JSON number (RFC 8259, section 6) by its value rather than its digits: `1e3` is 1000, `1.50` is 1.5.
///
/// Exact for any number of digits. Reading takes time proportional to the length of the text, whatever the exponent.
struct DecimalNumber {
    private let isNegative: Bool
    /// The significant digits, each 0 to 9, without zeros at either end; empty for 0.
    private let digits: [UInt8]
    /// The value is 0.d₁d₂d₃… × 10^`point`.
    private let point: Int

    /// Beyond any power of ten that a 64-bit result has, and far from the limits of `Int`.
    private static let largestExponent = 1 << 40

    /// - Parameter text: a JSON number, or decimal text as ``DecimalText`` reads it.
    init(_ text: String) {
        var digits: [UInt8] = []
        var (wholeDigits, exponent) = (0, 0)
        var (isFraction, isExponent, isReciprocal) = (false, false, false)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = byte - UInt8(ascii: "0")
                if isExponent {
                    exponent = min(exponent * 10 + Int(digit), Self.largestExponent)
                } else {
                    digits.append(digit)
                    if !isFraction { wholeDigits += 1 }
                }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "-") where isExponent: isReciprocal = true
            default: break
            }
        }
        let leadingZeros = digits.prefix { $0 == 0 }.count
        let end = digits.lastIndex { $0 != 0 }.map { $0 + 1 } ?? leadingZeros
        isNegative = text.utf8.first == UInt8(ascii: "-")
        self.digits = Array(digits[leadingZeros..<end])
        point = wholeDigits - leadingZeros + (isReciprocal ? -exponent : exponent)
    }

    /// The value in units of 10^-`decimals`, where it is a whole number of them apart from noise.
    ///
    /// Sums of doubles are off in their last digits (`0.30000000000000004`), and such noise is rounded away: up to a
    /// millionth of a unit, or, where the value is so large that a double is coarser than that, up to the 10^15th part
    /// of the value, but never more than a thousandth of a unit.
    /// - Throws: ``MoneyError/overflow``, or ``MoneyError/tooPrecise(_:digits:)`` with `text` for any other fraction.
    func scaled(decimals: Int, text: String) throws(MoneyError) -> Int64 {
        let (nearest, distance) = try nearest(decimals: decimals)
        let (relative, overflow) = nearest.magnitude.multipliedReportingOverflow(by: 1_000)
        let tolerance = max(Self.unit / 1_000_000, min(Self.unit / 1_000, overflow ? .max : relative))
        guard distance <= tolerance else { throw .tooPrecise(text, digits: decimals) }
        return nearest
    }

    /// The value in units of 10^-`decimals`, rounded to a whole number, halves away from zero.
    /// - Throws: ``MoneyError/overflow``.
    func rounded(decimals: Int) throws(MoneyError) -> Int64 { try nearest(decimals: decimals).units }

    /// The resolution of fractions of a unit.
    private static let unit: UInt64 = 1_000_000_000_000_000_000

    /// The nearest whole number of units, and how far it is from the value in 10^-18 of a unit, rounded up.
    private func nearest(decimals: Int) throws(MoneyError) -> (units: Int64, distance: UInt64) {
        guard !digits.isEmpty else { return (0, 0) }
        let places = point + decimals
        guard places <= 19 else { throw .overflow }  // the largest of 64 bits has 19 digits
        var whole: UInt64 = 0
        for index in 0..<max(0, places) {
            let (shifted, tooLarge) = whole.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = shifted.addingReportingOverflow(UInt64(digit(index)))
            guard !tooLarge, !overflow else { throw .overflow }
            whole = sum
        }
        var fraction: UInt64 = 0
        for index in places..<places + 18 { fraction = fraction * 10 + UInt64(digit(index)) }
        let isCut = digits.count > places + 18
        let isUp = fraction >= Self.unit / 2
        let distance = isUp ? Self.unit - fraction : fraction + (isCut ? 1 : 0)
        let magnitude = Int128(whole) + (isUp ? 1 : 0)
        guard let units = Int64(exactly: isNegative ? -magnitude : magnitude) else { throw .overflow }
        return (units, distance)
    }

    private func digit(_ index: Int) -> UInt8 { digits.indices.contains(index) ? digits[index] : 0 }

    /// `units` times this number, rounded to a whole number, halves away from zero.
    ///
    /// Digits beyond the 18th are ignored.
    /// - Throws: ``MoneyError/overflow``.
    func product(with units: Int64) throws(MoneyError) -> Int64 {
        let factor = digits.prefix(18).reduce(Int64(0)) { $0 * 10 + Int64($1) }
        // 64 bits times 60: always within 128.
        var product = Int128(units) * Int128(isNegative ? -factor : factor)
        guard product != 0 else { return 0 }
        let exponent = point - min(digits.count, 18)
        guard exponent <= 18 else { throw .overflow }
        guard exponent > -38 else { return 0 }
        if exponent >= 0 {
            for _ in 0..<exponent {
                let (grown, overflow) = product.multipliedReportingOverflow(by: 10)
                guard !overflow else { throw .overflow }
                product = grown
            }
        } else {
            product = product.roundedQuotient(by: (exponent..<0).reduce(Int128(1)) { scale, _ in scale * 10 })
        }
        guard let result = Int64(exactly: product) else { throw .overflow }
        return result
    }
}
