/// The encoding of a text that is not UTF-8.
package enum TextEncoding: String, Hashable, Sendable {
    case utf16LittleEndian = "UTF-16 (little-endian)"
    case utf16BigEndian = "UTF-16 (big-endian)"
    case windows1251 = "Windows-1251"

    /// Text decoded by its byte order mark, which is removed; UTF-8 without one.
    ///
    /// Nil when it is not valid in the encoding of the mark; invalid UTF-8 reads as U+FFFD.
    package static func text(of bytes: [UInt8]) -> String? {
        let text = marked(bytes).map { $0.utf8(bytes) } ?? bytes
        return text.map { String(decoding: $0.starts(with: [0xEF, 0xBB, 0xBF]) ? $0[3...] : $0[...], as: UTF8.self) }
    }

    /// The encoding of a byte order mark; nil without one, and for that of UTF-8.
    package static func marked(_ bytes: [UInt8]) -> TextEncoding? {
        if bytes.starts(with: [0xFF, 0xFE]) { return .utf16LittleEndian }
        return bytes.starts(with: [0xFE, 0xFF]) ? .utf16BigEndian : nil
    }

    /// The encoding of a text that begins with two ASCII characters of two bytes each; nil for any other.
    package static func unmarked(_ bytes: [UInt8]) -> TextEncoding? {
        guard bytes.count >= 4 else { return nil }
        switch (bytes[0] == 0, bytes[1] == 0, bytes[2] == 0, bytes[3] == 0) {
        case (false, true, false, true): return .utf16LittleEndian
        case (true, false, true, false): return .utf16BigEndian
        default: return nil
        }
    }

    /// The text as UTF-8, without a byte order mark; nil when it is not valid in this encoding.
    package func utf8(_ bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .windows1251: return Self.decode1251(bytes)
        case .utf16LittleEndian, .utf16BigEndian:
            guard bytes.count.isMultiple(of: 2) else { return nil }
            let high = self == .utf16BigEndian ? 0 : 1
            let units = stride(from: 0, to: bytes.count, by: 2).map { index in
                UInt16(bytes[index + high]) << 8 | UInt16(bytes[index + 1 - high])
            }
            guard let text = String(validating: units.first == 0xFEFF ? units.dropFirst() : units[...], as: UTF16.self)
            else { return nil }
            return Array(text.utf8)
        }
    }

    /// Nil for a text with the one byte that Windows-1251 does not define, or with control characters that do not occur
    /// in text.
    private static func decode1251(_ bytes: [UInt8]) -> [UInt8]? {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            switch byte {
            case 0x09, 0x0A, 0x0D, 0x20...0x7E: text.append(byte)
            case 0x80...0xFF where byte != 0x98: text += String(upperHalf[Int(byte - 0x80)]).utf8
            default: return nil
            }
        }
        return text
    }

    /// The characters of the bytes 0x80 to 0xFF (ftp.unicode.org, CP1251.TXT); 0x98 is undefined.
    private static let upperHalf: [Unicode.Scalar] = {
        let signs = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{FFFD}™љ›њќћџ\u{A0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{AD}®Ї°±Ііґµ¶·ё№є»јЅѕї"
        return Array(signs.unicodeScalars) + (0x410...0x44F).compactMap { Unicode.Scalar($0) }
    }()
}
