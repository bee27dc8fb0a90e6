/// Text from outside, made fit for paper and terminals.
enum Printable {
    /// More of one text than this is left out.
    static let longest = 1_000

    /// Line breaks and tabs as blanks; other control characters, and those that change the direction of what follows,
    /// by their number: `\u{1B}`.
    static func text(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar {
            case "\t", "\n", "\r", "\u{2028}", "\u{2029}": result += " "
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return text.unicodeScalars.count > longest ? result + "…" : result
    }
}
