/// A number as a spreadsheet displays it.
enum SpreadsheetNumber {
    private static let blanks: [Unicode.Scalar] = [" ", "\u{A0}", "\u{2009}", "\u{202F}"]
    private static let roubles = ["₽", "руб.", "руб", "р.", "р"]

    /// Without surrounding spaces and currency: `1 200,50 ₽` is `1 200,50`.
    static func withoutUnit(_ written: String, _ unit: Currency?) -> String {
        let scalars = trimmed(written.unicodeScalars[...])
        let units = unit.map { ($0 == .rub ? roubles : []) + [$0.code] } ?? []
        let suffix = units.first { scalars.ends(with: $0) } ?? ""
        return String(Substring(trimmed(scalars.dropLast(suffix.unicodeScalars.count))))
    }

    /// As decimal text: `1 200,50` is `1200.50`. Text that is not a number does not become decimal text.
    static func plain(_ written: String) -> String {
        var text = written.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case ",": text.unicodeScalars.append(".")
            case "\u{2212}": text.unicodeScalars.append("-")
            case _ where blanks.contains(scalar): text.unicodeScalars.append(" ")
            default: text.unicodeScalars.append(scalar)
            }
        }
        let whole = text.prefix { $0 != "." }
        let groups = whole.drop { $0 == "-" }.split(separator: " ", omittingEmptySubsequences: false)
        if groups.count > 1, groups.dropFirst().allSatisfy({ $0.utf8.count == 3 }), (1...3).contains(groups[0].count) {
            text = whole.filter { $0 != " " } + text.dropFirst(whole.count)
        }
        return text
    }

    private static func trimmed(_ scalars: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
        let start = scalars.drop { blanks.contains($0) }
        guard let last = start.lastIndex(where: { !blanks.contains($0) }) else { return start.prefix(0) }
        return start[...last]
    }
}

extension Substring.UnicodeScalarView {
    fileprivate func ends(with suffix: String) -> Bool {
        reversed().starts(with: suffix.unicodeScalars.reversed())
    }
}
