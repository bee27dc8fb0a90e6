/// Percent-encoding of UTF-8 (RFC 3986, section 2.1); `+` is a plain plus.
package enum PercentEncoding {
    /// Letters, digits and `-._~` (RFC 3986, section 2.3).
    package static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
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

    /// The decoded text; nil if a `%` lacks its two digits, or the bytes are not UTF-8 or contain NUL.
    package static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            if byte != UInt8(ascii: "%") {
                bytes.append(byte)
            } else if let high = rest.next().flatMap(Hex.value), let low = rest.next().flatMap(Hex.value) {
                bytes.append(high << 4 | low)
            } else {
                return nil
            }
        }
        return bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
    }

    /// The decoded bytes; a `%` without two digits is taken literally.
    package static func decodeLeniently(_ text: some StringProtocol) -> [UInt8] {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = Hex.value(bytes[index + 1]), let low = Hex.value(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
