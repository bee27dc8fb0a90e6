/// Percent-encoding by RFC 3986, section 2.1: bytes of UTF-8, `%` and two hexadecimal digits; `+` is just a plus.
package enum PercentEncoding {
    /// Letters, digits and `-._~` (RFC 3986, section 2.3).
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: Grammar.isLetterOrDigit(byte)
        }
    }

    /// Encodes everything but the unreserved characters and those in `allowed`, with upper-case digits.
    package static func encode(_ text: String, allowing allowed: String = "") -> String {
        encode(text.utf8, allowing: allowed)
    }

    package static func encode(_ bytes: some Sequence<UInt8>, allowing allowed: String = "") -> String {
        var result: [UInt8] = []
        for byte in bytes {
            if isUnreserved(byte) || (byte < 0x80 && allowed.utf8.contains(byte)) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The text that was encoded; nil when a `%` lacks its two digits, or the bytes are not UTF-8 or contain NUL.
    package static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else if let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) {
                bytes.append(high << 4 | low)
            } else {
                return nil
            }
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
