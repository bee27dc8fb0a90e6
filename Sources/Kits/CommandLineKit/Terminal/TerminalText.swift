/// Text that is safe for a terminal and for the lines and columns of a pipe.
///
/// A literal is unchanged, including line ends and tabs. Interpolated values are untrusted and escaped
/// (``escaped(_:)``), unless they are terminal text themselves. Only ``TextStyle`` adds escape sequences. Output
/// accepts no other type, so that no name, reason or message reaches a terminal unescaped.
package struct TerminalText: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// The text to write.
    package let text: String

    package var description: String { text }

    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Untrusted text laid out in lines, such as JSON or a help page; only line feeds are kept.
    package init(lines text: String) {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\n") }
        guard !isPlain else {
            self.text = text
            return
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        self.text = lines.map { Self.escaped(String(Substring($0))) }.joined(separator: "\n")
    }

    /// Text from a renderer of this program that has escaped its parts.
    package init(drawn text: String) { self.text = text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text: String

        package init(literalCapacity: Int, interpolationCount: Int) {
            text = ""
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }
        package mutating func appendInterpolation(_ value: TerminalText) { text += value.text }
        package mutating func appendInterpolation(_ value: String) { text += TerminalText.escaped(value) }
        package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            text += TerminalText.escaped(value.description)
        }
    }

    package static func + (left: TerminalText, right: TerminalText) -> TerminalText {
        TerminalText(drawn: left.text + right.text)
    }

    package static func += (left: inout TerminalText, right: TerminalText) { left = left + right }

    /// `text` with control and invisible characters escaped.
    ///
    /// Newline, tab and carriage return become `\n`, `\t` and `\r`; other control characters, bidirectional overrides
    /// and isolates, zero-width characters and line separators become `\u{1B}`. Backslashes are unchanged: the result
    /// is for people and is not parsed back.
    package static func escaped(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return text }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if isVisible(scalar, after: previous) {
                result.unicodeScalars.append(scalar)
            } else {
                result += escape(scalar)
            }
            previous = scalar
        }
        return result
    }

    /// The width of `text` in columns; it must not contain control characters (see ``escaped(_:)``).
    package static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text.utf8.count }
        return text.reduce(0) { $0 + $1.columns }
    }

    /// `text` truncated to at most `columns` columns, ending in `…` if it was.
    package static func truncated(_ text: String, to columns: Int) -> String {
        var used = 0
        // The end of the part that fits together with the ellipsis.
        var cut = text.startIndex
        for index in text.indices {
            used += text[index].columns
            if used > columns { return columns < 1 ? "" : text[..<cut] + "…" }
            if used < columns { cut = text.index(after: index) }
        }
        return text
    }

    /// `text` padded with spaces to `columns` columns.
    static func padded(_ text: String, to columns: Int, alignment: TextTable.Alignment = .left) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - width(text)))
        return alignment == .left ? text + spaces : spaces + text
    }

    private static func isVisible(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        // Fast path that avoids the Unicode tables.
        if (0x20..<0x7F).contains(scalar.value) || (0x400...0x52F).contains(scalar.value) { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            return false
        default:
            // A variation selector after an emoji only selects its presentation and need not be shown.
            if scalar == "\u{FE0E}" || scalar == "\u{FE0F}" { return previous?.properties.isEmoji == true }
            return !scalar.properties.isDefaultIgnorableCodePoint && !scalar.properties.isNoncharacterCodePoint
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}

extension Sequence<TerminalText> {
    package func joined(separator: TerminalText = "") -> TerminalText {
        TerminalText(drawn: map(\.text).joined(separator: separator.text))
    }
}
