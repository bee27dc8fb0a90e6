import Glibc

/// A UTC time in the format of Signature Version 4, `20150830T123600Z`.
struct AWSTimestamp {
    /// Since 1970-01-01T00:00:00Z.
    let epochSeconds: Int64
    let text: String

    /// `20150830`, the day a signing key is valid for.
    var day: String { String(text.prefix(8)) }

    /// The text is empty for years outside 0 to 9999.
    init(epochSeconds: Int64) {
        self.epochSeconds = epochSeconds
        var time = time_t(epochSeconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil, (-1900...8099).contains(parts.tm_year) else {
            text = ""
            return
        }
        text = String(unsafeUninitializedCapacity: 17) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { strftime($0.baseAddress, $0.count, "%Y%m%dT%H%M%SZ", &parts) }
        }
    }

    /// Parses exactly the format of ``text``; nil for anything else.
    init?(_ text: String) {
        let digits = text.utf8.map { Int32($0) - Int32(UInt8(ascii: "0")) }
        guard digits.count == 16 else { return nil }
        let number = { (range: Range<Int>) in digits[range].reduce(0) { $0 * 10 + $1 } }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(0..<4) - 1900, number(4..<6) - 1, number(6..<8))
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(9..<11), number(11..<13), number(13..<15))
        self.init(epochSeconds: Int64(timegm(&parts)))
        // An invalid digit or date would not produce the same text.
        guard self.text == text else { return nil }
    }
}
