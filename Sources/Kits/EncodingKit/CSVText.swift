/// CSV (RFC 4180) that is safe to open in a spreadsheet.
package enum CSVText {
    package enum Cell: Sendable {
        case text(String)
        /// Digits of our own making, with a sign perhaps.
        case number(String)
    }

    /// One record with its line end, a bare line feed.
    ///
    /// A text that a spreadsheet would run as a formula gets an apostrophe in front, which it shows as text; a
    /// number, such as `-12.50`, stays one.
    package static func line(_ cells: [Cell]) -> String {
        cells.map { cell in
            switch cell {
            case .text(let text): quoted(isFormula(text) ? "'" + text : text)
            case .number(let digits): digits
            }
        }.joined(separator: ",") + "\n"
    }

    /// Whether a spreadsheet would take the text for a formula and run it (OWASP, CSV Injection). Blanks and what
    /// cannot be seen in front of it are left out, as some do.
    private static func isFormula(_ text: String) -> Bool {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠": return true
            case _ where scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint: continue
            default: return scalar.properties.generalCategory == .control
            }
        }
        return false
    }

    /// Quotes are looked for among bytes: to `Character` a quote with an accent on it is none.
    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
        var result = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { result.append(byte) }
            result.append(byte)
        }
        result.append(UInt8(ascii: "\""))
        return String(decoding: result, as: UTF8.self)
    }
}
