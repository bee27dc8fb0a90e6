/// Text that is fit for a terminal, and for the lines and columns of a pipe.
///
/// A literal is taken as it is, its line ends and tabs included. What is interpolated into it comes from elsewhere
/// and is escaped (``escaped(_:)``), unless it is such a text itself. Only ``TextStyle`` adds what a terminal acts
/// on. Output takes nothing else, so that no name, reason or message reaches a terminal as it is.
package struct TerminalText: Sendable, Hashable, ExpressibleByStringInterpolation, CustomStringConvertible {
    /// What is written.
    package let text: String

    package var description: String { text }

    package init(stringLiteral value: String) { text = value }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Text from elsewhere that is laid out in lines, such as JSON or a help page: only line feeds stay.
    package init(lines text: String) {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == UInt8(ascii: "\n") }
        guard !isPlain else {
            self.text = text
            return
        }
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        self.text = lines.map { Self.escaped(String(Substring($0))) }.joined(separator: "\n")
    }

    /// What a renderer of this program drew, from parts that it has escaped.
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

    /// `text` with everything that a terminal acts on, or that a reader cannot see, spelled out.
    ///
    /// Newline, tab and carriage return become `\n`, `\t` and `\r`; other control characters, bidirectional
    /// overrides and isolates, zero-width characters and line separators become `\u{1B}`. Backslashes stay as they
    /// are: this is for reading, not for reading back.
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

    /// How many columns `text` takes, if it is free of control characters, as ``escaped(_:)`` leaves it.
    package static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text.utf8.count }
        return text.reduce(0) { $0 + $1.columns }
    }

    /// `text` cut to at most `columns` columns, with `…` as the last one where something was cut off.
    package static func truncated(_ text: String, to columns: Int) -> String {
        var used = 0
        // The end of what fits together with the ellipsis.
        var cut = text.startIndex
        for index in text.indices {
            used += text[index].columns
            if used > columns { return columns < 1 ? "" : text[..<cut] + "…" }
            if used < columns { cut = text.index(after: index) }
        }
        return text
    }

    /// `text` with spaces before or after it, up to `columns` columns.
    static func padded(_ text: String, to columns: Int, alignment: TextTable.Alignment = .left) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - width(text)))
        return alignment == .left ? text + spaces : spaces + text
    }

    private static func isVisible(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar?) -> Bool {
        // Most of what is read here, before the tables of Unicode are asked.
        if (0x20..<0x7F).contains(scalar.value) || (0x400...0x52F).contains(scalar.value) { return true }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate:
            return false
        default:
            // Whether the character before is drawn as text or as emoji is no secret worth showing.
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
