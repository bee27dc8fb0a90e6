import EncodingKit

/// Scans the tokens of one JSON text: literals, numbers, strings and whitespace.
struct JSONScanner {
    let bytes: [UInt8]
    let profile: JSONProfile
    var offset = 0

    init(bytes: [UInt8], profile: JSONProfile) {
        self.bytes = bytes
        self.profile = profile
    }

    func requireUTF8() throws(JSONError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw JSONError(offset: error.byteOffsets.lowerBound, flaw: .notUTF8)
        }
    }

    /// The next byte; nil at the end.
    var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    mutating func skipByteOrderMark() {
        if bytes[offset...].starts(with: [0xEF, 0xBB, 0xBF]) { offset += 3 }
    }

    mutating func skipBlanks() {
        repeat {
            while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { offset += 1 }
        } while profile.skipsComments && skipComment()
    }

    /// Skips the comment that begins here, `// …` to the end of the line or `/* … */`; an unterminated one is not
    /// skipped.
    private mutating func skipComment() -> Bool {
        guard next == UInt8(ascii: "/"), offset + 1 < bytes.count else { return false }
        switch bytes[offset + 1] {
        case UInt8(ascii: "/"):
            offset = bytes[offset...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            return true
        case UInt8(ascii: "*"):
            var end = offset + 2
            while end + 1 < bytes.count {
                if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") {
                    offset = end + 2
                    return true
                }
                end += 1
            }
            return false
        default: return false
        }
    }

    /// Skips whitespace, and `byte` if it is next.
    mutating func skip(_ byte: UInt8) -> Bool {
        skipBlanks()
        return take(byte)
    }

    mutating func word(_ text: StaticString) throws(JSONError) {
        for index in 0..<text.utf8CodeUnitCount {
            guard take(text.utf8Start[index]) else { throw unexpected() }
        }
    }

    /// The number as written.
    mutating func number() throws(JSONError) -> String {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        guard !isAtDigit else { throw error(.badNumber) }  // a leading zero
        return String(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// The decoded string that begins here.
    mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        skipPlainText()
        if next == UInt8(ascii: "\"") {
            defer { offset += 1 }
            return String(decoding: bytes[start..<offset], as: UTF8.self)
        }
        var text = Array(bytes[start..<offset])
        while let byte = next, byte >= 0x20 {
            if take(UInt8(ascii: "\"")) { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\") { text += String(try escape()).utf8 }
            let plain = offset
            skipPlainText()
            text += bytes[plain..<offset]
        }
        throw error(next == nil ? .unexpectedEnd : .controlCharacter)
    }

    func error(_ flaw: JSONFlaw) -> JSONError { JSONError(offset: offset, flaw: flaw) }

    /// The error for an unexpected byte.
    func unexpected() -> JSONError {
        let scalar = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first
        return error(scalar.map { .unexpectedCharacter($0) } ?? .unexpectedEnd)
    }

    // MARK: Parts of tokens

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private var isAtDigit: Bool { next.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false }

    private mutating func digits() throws(JSONError) {
        guard isAtDigit else { throw error(next == nil ? .unexpectedEnd : .badNumber) }
        while isAtDigit { offset += 1 }
    }

    private mutating func skipPlainText() {
        while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { offset += 1 }
    }

    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        let start = offset
        guard offset + 1 < bytes.count else { throw error(.unexpectedEnd) }
        let letter = bytes[offset + 1]
        offset += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            if let scalar = try unicodeEscape() { return scalar }
            guard profile.repairsText else { throw JSONError(offset: start, flaw: .badEscape) }
            return "\u{FFFD}"
        default: throw JSONError(offset: start, flaw: .badEscape)
        }
    }

    /// The scalar of one escape, or of two outside the basic plane; nil for an unpaired surrogate.
    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar? {
        let first = try codeUnit()
        let end = offset
        guard UTF16.isLeadSurrogate(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            offset = end
            return Unicode.Scalar(first)
        }
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else {
            offset = end
            return nil
        }
        return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.unexpectedEnd) }
            guard let digit = Hex.value(byte) else { throw error(.badEscape) }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }
}
