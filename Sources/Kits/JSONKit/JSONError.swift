/// Why a text is not valid JSON, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
    package var offset: Int
    package var flaw: JSONFlaw
}

/// Why a text is not valid JSON (RFC 8259), or exceeds a limit.
package enum JSONFlaw: Hashable, Sendable {
    case notUTF8
    case unexpectedEnd
    case unexpectedCharacter(Unicode.Scalar)
    /// An unescaped control character in a string.
    case controlCharacter
    case badEscape
    case badNumber
    case duplicateName(String)
    case tooDeep(maximum: Int)
    case textAfterEnd
}

extension JSONError {
    /// The position in the text: line and column from 1, columns in code points.
    package func position(in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let isContinuation: (UInt8) -> Bool = { $0 & 0b1100_0000 == 0b1000_0000 }
        return (
            before.count { $0 == UInt8(ascii: "\n") } + 1, before[lineStart...].count { !isContinuation($0) } + 1
        )
    }

    /// Position and reason, `"line 3, column 14: not valid JSON: unexpected \"}\""`.
    package func message(in bytes: [UInt8]) -> String {
        let (line, column) = position(in: bytes)
        return "line \(line), column \(column): not valid JSON: \(flaw.message)"
    }
}

extension JSONFlaw {
    /// The reason in words, `"unexpected end of text"`.
    package var message: String {
        switch self {
        case .notUTF8: "not UTF-8"
        case .unexpectedEnd: "unexpected end of text"
        case .unexpectedCharacter(let scalar): "unexpected \(Self.quoted(String(Character(scalar))))"
        case .controlCharacter: "control characters in strings must be escaped"
        case .badEscape: "invalid escape in a string"
        case .badNumber: "malformed number"
        case .duplicateName(let name): "\(Self.quoted(name)) appears twice"
        case .tooDeep(let maximum): "nested deeper than \(maximum)"
        case .textAfterEnd: "text after the end"
        }
    }

    private static let maximumQuoteLength = 60

    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let kept = JSONValue.quoted(String(String.UnicodeScalarView(scalars.prefix(maximumQuoteLength))))
        return kept + (scalars.count > maximumQuoteLength ? "…" : "")
    }
}
