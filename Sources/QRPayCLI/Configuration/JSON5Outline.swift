/// Follows the outline of a JSON5 text (json5.org) to the line where it breaks off being one; the decoder does not tell.
///
/// It knows brackets, commas, colons, texts and comments. A word is taken for whatever it stands for, so that one that means
/// nothing, such as `oops` as a value, is found by its letters alone, and what looks like a number passes.
struct JSON5Outline {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    private struct Broken: Error {
        var line: Int
    }

    /// The line, from 1; nil when the outline is whole.
    static func brokenLine(of bytes: [UInt8]) -> Int? {
        var outline = JSON5Outline(bytes: bytes)
        do {
            try outline.value(depth: 0)
            try outline.skip()
            return outline.peek == nil ? nil : outline.line
        } catch {
            return error.line
        }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func advance() {
        if peek == UInt8(ascii: "\n") { line += 1 }
        index += 1
    }

    private mutating func value(depth: Int) throws(Broken) {
        try skip()
        guard depth < 100 else { throw Broken(line: line) }
        switch peek {
        case UInt8(ascii: "{"): try members(until: UInt8(ascii: "}"), areNamed: true, depth)
        case UInt8(ascii: "["): try members(until: UInt8(ascii: "]"), areNamed: false, depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try text()
        default:
            let word = String(decoding: try word(), as: UTF8.self)
            let isNumber = word.utf8.first.map("+-.0123456789".utf8.contains) ?? false
            guard isNumber || Self.words.contains(word) else { throw Broken(line: line) }
        }
    }

    private static let words: Set<String> = ["true", "false", "null", "NaN", "Infinity"]

    private mutating func members(until end: UInt8, areNamed: Bool, _ depth: Int) throws(Broken) {
        advance()
        while true {
            try skip()
            if peek == end { return advance() }
            if areNamed {
                if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { try text() } else { _ = try word() }
                try skip()
                guard peek == UInt8(ascii: ":") else { throw Broken(line: line) }
                advance()
            }
            try value(depth: depth + 1)
            try skip()
            if peek == UInt8(ascii: ",") { advance() } else if peek != end { throw Broken(line: line) }
        }
    }

    private mutating func text() throws(Broken) {
        let (quote, start) = (peek, line)
        advance()
        while peek != quote {
            guard let byte = peek else { throw Broken(line: start) }
            guard byte != UInt8(ascii: "\n") else { throw Broken(line: line) }
            advance()
            if byte == UInt8(ascii: "\\") { advance() }
        }
        advance()
    }

    /// A name, a number or a literal, up to what ends it.
    private mutating func word() throws(Broken) -> ArraySlice<UInt8> {
        let start = index
        while let byte = peek, byte > 0x20, !"{}[]:,\"'/".utf8.contains(byte) { advance() }
        guard index > start else { throw Broken(line: line) }
        return bytes[start..<index]
    }

    /// Passes blanks and comments.
    private mutating func skip() throws(Broken) {
        while let byte = peek {
            if byte <= 0x20 {
                advance()
            } else if byte == UInt8(ascii: "/"), bytes.dropFirst(index + 1).first == UInt8(ascii: "/") {
                while let byte = peek, byte != UInt8(ascii: "\n") { advance() }
            } else if byte == UInt8(ascii: "/"), bytes.dropFirst(index + 1).first == UInt8(ascii: "*") {
                let start = line
                while !bytes.dropFirst(index).starts(with: "*/".utf8) {
                    guard peek != nil else { throw Broken(line: start) }
                    advance()
                }
                index += 2
            } else {
                return
            }
        }
    }
}
