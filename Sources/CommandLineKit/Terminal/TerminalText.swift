/// Text from elsewhere, made fit for a terminal.
package enum TerminalText {
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
