/// CSV (RFC 4180) that is safe to open in a spreadsheet.
enum CSVText {
    enum Cell {
        case text(String)
        /// Digits of our own making, with a sign perhaps.
        case number(String)
    }

    /// One record with its line end, a bare line feed.
    static func line(_ cells: [Cell]) -> String {
        cells.map { cell in
            switch cell {
            case .text(let text): quoted(isFormula(text) ? "'" + text : text)
            case .number(let digits): digits
            }
        }.joined(separator: ",") + "\n"
    }

    /// Whether a spreadsheet would take the text for a formula and run it (OWASP, CSV Injection), blanks in front of it
    /// left out as some do.
    private static func isFormula(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first(where: { $0 != " " }) else { return false }
        return "=+-@\t\r\n＝＋－＠".unicodeScalars.contains(first)
    }

    private static func quoted(_ text: String) -> String {
        let mustBeQuoted = text.utf8.contains { [UInt8](",\"\r\n".utf8).contains($0) }
        return mustBeQuoted ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }
}
