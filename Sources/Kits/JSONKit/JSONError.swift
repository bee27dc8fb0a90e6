/// Why a text is no JSON, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
    package var offset: Int
    package var flaw: JSONFlaw
}

/// Why a text is no JSON (RFC 8259), or more of it than is read.
package enum JSONFlaw: Hashable, Sendable {
    case notUTF8
    case unexpectedEnd
    case unexpectedCharacter(Unicode.Scalar)
    /// A raw control character within a string.
    case controlCharacter
    case badEscape
    case badNumber
    case duplicateName(String)
    case tooDeep(maximum: Int)
    case textAfterEnd
}

extension JSONError {
    /// Where it is in the text that was read: line and column from 1, the column in code points.
    package func position(in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes.prefix(offset)
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let isContinuation: (UInt8) -> Bool = { $0 & 0b1100_0000 == 0b1000_0000 }
        return (
            before.count { $0 == UInt8(ascii: "\n") } + 1, before[lineStart...].count { !isContinuation($0) } + 1
        )
    }

    /// Place and reason, `"line 3, column 14: no JSON: unexpected \"}\""`.
    package func message(in bytes: [UInt8]) -> String {
        let (line, column) = position(in: bytes)
        return "line \(line), column \(column): no JSON: \(flaw.message)"
    }
}

extension JSONFlaw {
    /// The reason in words, `"it ends too early"`.
    package var message: String {
        switch self {
        case .notUTF8: "not UTF-8"
        case .unexpectedEnd: "it ends too early"
        case .unexpectedCharacter(let scalar): "unexpected \(Self.quoted(String(Character(scalar))))"
        case .controlCharacter: "a control character within a string must be escaped"
        case .badEscape: "an escape in a string is wrong"
        case .badNumber: "a number is written wrongly"
        case .duplicateName(let name): "\(Self.quoted(name)) appears twice"
        case .tooDeep(let maximum): "nested deeper than \(maximum)"
        case .textAfterEnd: "text after its end"
        }
    }

    private static let longestQuote = 60

    private static func quoted(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let kept = JSONValue.quoted(String(String.UnicodeScalarView(scalars.prefix(longestQuote))))
        return kept + (scalars.count > longestQuote ? "…" : "")
    }
}
