/// A JSON value as a receipt needs it: numbers keep their decimal digits.
enum ReceiptJSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(ExactDecimal)
    /// A well-formed number beyond what ``ExactDecimal`` holds.
    case hugeNumber(String)
    case string(String)
    case array([ReceiptJSON])
    case object([Member])

    struct Member: Hashable, Sendable {
        var name: String
        var value: ReceiptJSON
    }

    /// Levels of arrays and objects inside each other.
    static let deepestNesting = 64

    /// - Throws: ``ReceiptError/malformed(offset:)`` or ``ReceiptError/tooDeep``.
    init(_ text: [UInt8]) throws(ReceiptError) {
        var parser = Parser(bytes: text)
        self = try parser.document()
    }

    /// The members of an object, nil for anything else.
    var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }
}

/// Reads JSON (RFC 8259) from front to back.
private struct Parser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    mutating func document() throws(ReceiptError) -> ReceiptJSON {
        // A byte order mark is no JSON, but some editors leave one.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value()
        skipBlanks()
        guard position == bytes.count else { throw malformed }
        return value
    }

    private var malformed: ReceiptError { .malformed(offset: position) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0D).contains(byte) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(ReceiptError) -> ReceiptJSON {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(ReceiptError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(ReceiptError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func nested(
        _ body: (inout Parser) throws(ReceiptError) -> ReceiptJSON
    ) throws(ReceiptError) -> ReceiptJSON {
        guard depth < ReceiptJSON.deepestNesting else { throw .tooDeep }
        position += 1
        depth += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(ReceiptError) -> ReceiptJSON {
        var members: [ReceiptJSON.Member] = []
        skipBlanks()
        if take("}") { return .object(members) }
        repeat {
            skipBlanks()
            let name = try string()
            skipBlanks()
            guard take(":") else { throw malformed }
            members.append(.init(name: name, value: try value()))
            skipBlanks()
        } while take(",")
        guard take("}") else { throw malformed }
        return .object(members)
    }

    private mutating func array() throws(ReceiptError) -> ReceiptJSON {
        var elements: [ReceiptJSON] = []
        skipBlanks()
        if take("]") { return .array(elements) }
        repeat {
            elements.append(try value())
            skipBlanks()
        } while take(",")
        guard take("]") else { throw malformed }
        return .array(elements)
    }

    private mutating func word(_ text: StaticString, _ value: ReceiptJSON) throws(ReceiptError) -> ReceiptJSON {
        let word = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes[position...].starts(with: word) else { throw malformed }
        position += word.count
        return value
    }

    private mutating func number() throws(ReceiptError) -> ReceiptJSON {
        let start = position
        while let byte = next, Self.isNumeric(byte) { position += 1 }
        do throws(ExactDecimal.Failure) {
            return .number(try ExactDecimal(bytes[start..<position]))
        } catch {
            guard error == .outOfRange else { throw .malformed(offset: start) }
            return .hugeNumber(String(decoding: bytes[start..<position], as: UTF8.self))
        }
    }

    private static func isNumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func string() throws(ReceiptError) -> String {
        guard take("\"") else { throw malformed }
        let start = position
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if next == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        var text = Array(bytes[start..<position])
        while let byte = next, byte >= 0x20 {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: try escaped().utf8)
            default: text.append(byte)
            }
        }
        throw malformed
    }

    private mutating func escaped() throws(ReceiptError) -> String {
        guard let byte = next else { throw malformed }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(Unicode.Scalar(byte))
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return String(try unicodeEscape())
        default: throw malformed
        }
    }

    /// A scalar of one or, beyond the basic plane, two escapes; half a pair alone becomes U+FFFD.
    private mutating func unicodeEscape() throws(ReceiptError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        let restart = position
        if UTF16.isLeadSurrogate(first), take("\\"), take("u") {
            let second = try fourHexDigits()
            if UTF16.isTrailSurrogate(second) {
                let code = 0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00
                return Unicode.Scalar(code) ?? "\u{FFFD}"
            }
        }
        position = restart
        return "\u{FFFD}"
    }

    private mutating func fourHexDigits() throws(ReceiptError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw malformed }
        var value: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw malformed }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }
}
