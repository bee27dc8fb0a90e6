/// Values as a PDF writes them.
enum PDFText {
    /// UTF-16 in hexadecimal, the highest byte first.
    static func hex(_ text: String) -> String {
        var digits: [UInt8] = []
        for unit in text.utf16 {
            for shift in stride(from: 12, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
                digits.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// A text string (ISO 32000-1, 7.9.2.2).
    static func string(_ text: String) -> String { "<FEFF\(hex(text))>" }

    /// A date (ISO 32000-1, 7.9.4) of one in ISO 8601, `2026-01-31T09:30:00+03:00`; nil for what is none.
    static func date(_ iso8601: String) -> String? {
        let digits = iso8601.prefix(19).filter { $0.isASCII && $0.isNumber }
        let zone = iso8601.dropFirst(19).replacing(":", with: "'")
        guard digits.count == 14, zone.allSatisfy({ "Z+-'0123456789".contains($0) }) else { return nil }
        return "(D:\(digits)\(zone))"
    }

    /// To the thousandth.
    static func number(_ value: Double) -> String {
        var bytes: [UInt8] = []
        append(Length.thousandths(value), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Thousandths as a number.
    static func append(_ thousandths: Int, to bytes: inout [UInt8]) {
        if thousandths < 0 { bytes.append(UInt8(ascii: "-")) }
        let (whole, fraction) = abs(thousandths).quotientAndRemainder(dividingBy: 1000)
        if whole > 0 || fraction == 0 { append(digitsOf: whole, to: &bytes) }
        guard fraction > 0 else { return }
        bytes.append(UInt8(ascii: "."))
        var rest = fraction
        var place = 100
        while rest > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(rest / place))
            rest %= place
            place /= 10
        }
    }

    private static func append(digitsOf number: Int, to bytes: inout [UInt8]) {
        if number > 9 { append(digitsOf: number / 10, to: &bytes) }
        bytes.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
