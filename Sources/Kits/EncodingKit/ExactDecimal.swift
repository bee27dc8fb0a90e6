/// An exact decimal number: `significand` × 10^`exponent`.
///
/// Every value has a unique form: the exponent is 0 if the number is a 64-bit integer, otherwise as close to 0 as
/// possible.
package struct ExactDecimal: Hashable, Sendable {
    package let significand: Int64
    /// -18 to 18.
    package let exponent: Int

    package static let one = ExactDecimal(1)

    package init(_ integer: Int64) {
        significand = integer
        exponent = 0
    }

    /// The absolute value; `Int64.min`, whose absolute value does not fit, is unchanged.
    package var magnitude: ExactDecimal {
        ExactDecimal(significand: Int64(exactly: significand.magnitude) ?? significand, exponent: exponent)
    }

    private init(significand: Int64, exponent: Int) {
        self.significand = significand
        self.exponent = exponent
    }

    package enum Failure: Error { case notANumber, outOfRange }

    /// Reads a JSON number (RFC 8259, section 6): `-12.50`, `9.29e+18`.
    /// - Throws: ``Failure/outOfRange`` if the significand exceeds 64 bits or the exponent exceeds ±18.
    package init(_ text: some BidirectionalCollection<UInt8>) throws(Failure) {
        var rest = text[...]
        let isNegative = rest.take("-")
        let whole = rest.takeDigits()
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { throw .notANumber }
        var fraction = rest.prefix(0)
        if rest.take(".") {
            fraction = rest.takeDigits()
            guard !fraction.isEmpty else { throw .notANumber }
            while fraction.last == UInt8(ascii: "0") { fraction.removeLast() }
        }
        var power = 0
        if rest.take("e") || rest.take("E") {
            let isReciprocal = rest.take("-")
            if !isReciprocal { _ = rest.take("+") }
            let digits = rest.takeDigits()
            guard !digits.isEmpty else { throw .notANumber }
            // As many digits as cannot overflow; a longer exponent is out of range anyway.
            power = digits.prefix(6).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } * (isReciprocal ? -1 : 1)
        }
        guard rest.isEmpty else { throw .notANumber }

        var value: Int64 = 0
        for digits in [whole, fraction] {
            for digit in digits {
                guard let grown = value.timesTen(adding: Int64(digit - UInt8(ascii: "0"))) else { throw .outOfRange }
                value = grown
            }
        }
        if isNegative { value = -value }
        power = value == 0 ? 0 : power - fraction.count
        while power < 0, value.isMultiple(of: 10) { (value, power) = (value / 10, power + 1) }
        while power > 0, let grown = value.timesTen(adding: 0) { (value, power) = (grown, power - 1) }
        guard (-18...18).contains(power) else { throw .outOfRange }
        (significand, exponent) = (value, power)
    }

    /// The value, if it is a 64-bit integer.
    package var integer: Int64? { exponent == 0 ? significand : nil }

    /// This number times `factor`, halves rounded away from zero; nil if this number exceeds 64 bits.
    package func roundedProduct(with factor: Int64) -> Int128? {
        guard exponent <= 0 else { return nil }
        // Each factor has 64 bits: their product cannot overflow.
        let product = Int128(significand) * Int128(factor)
        guard exponent < 0 else { return product }
        return product.roundedQuotient(by: (exponent..<0).reduce(1) { scale, _ in scale * 10 })
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// The shortest decimal text without an exponent, `"0.154"`.
    package var description: String {
        guard exponent > 0 else { return DecimalText.shortest(significand, digits: -exponent) }
        return "\(significand)" + String(repeating: "0", count: exponent)
    }
}

extension BinaryInteger {
    /// The quotient by a positive divisor, halves rounded away from zero.
    package func roundedQuotient(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        let distance = remainder < 0 ? 0 - remainder : remainder
        guard distance >= divisor - distance else { return quotient }
        return self < 0 ? quotient - 1 : quotient + 1
    }
}

extension Int64 {
    fileprivate func timesTen(adding digit: Int64) -> Int64? {
        let (shifted, tooLarge) = multipliedReportingOverflow(by: 10)
        let (sum, overflow) = shifted.addingReportingOverflow(digit)
        return tooLarge || overflow ? nil : sum
    }
}

extension Collection<UInt8> where SubSequence == Self {
    fileprivate mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard first == UInt8(ascii: character) else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func takeDigits() -> Self {
        let digits = prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        removeFirst(digits.count)
        return digits
    }
}
