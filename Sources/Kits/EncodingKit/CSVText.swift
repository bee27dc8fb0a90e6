/// CSV (RFC 4180) that is safe to open in a spreadsheet.
package enum CSVText {
    package enum Cell: Sendable {
        case text(String)
        /// Digits produced by this program, optionally with a sign.
        case number(String)
    }

    /// One record, terminated by a line feed.
    ///
    /// Text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe, so that it is shown as text;
    /// a number such as `-12.50` is unchanged.
    package static func line(_ cells: [Cell]) -> String {
        cells.map { cell in
            switch cell {
            case .text(let text): quoted(isFormula(text) ? "'" + text : text)
            case .number(let digits): digits
            }
        }.joined(separator: ",") + "\n"
    }

    /// Whether a spreadsheet would evaluate the text as a formula (OWASP, CSV Injection). Leading whitespace and
    /// invisible characters are ignored, as some spreadsheets do.
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

    /// Quotes are matched as bytes: a `Character` merges a quote with combining marks.
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
