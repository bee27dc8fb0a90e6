/// Text from outside, made fit for paper and terminals.
enum Printable {
    /// More of one text than this is left out.
    static let longest = 1_000

    /// Accents on one letter; more of them would be drawn over the lines above and below.
    static let mostMarks = 4

    /// Line breaks and tabs as blanks; other control characters, and those that change the direction of what follows,
    /// by their number: `\u{1B}`.
    static func text(_ text: String) -> String {
        var result = ""
        var marks = 0
        for scalar in text.unicodeScalars.prefix(longest) {
            switch scalar {
            case "\t", "\n", "\r", "\u{2028}", "\u{2029}": result += " "
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            case let scalar where scalar.isMark:
                marks += 1
                if marks <= mostMarks { result.unicodeScalars.append(scalar) }
                continue
            default: result.unicodeScalars.append(scalar)
            }
            if !scalar.isJoiner { marks = 0 }
        }
        return text.unicodeScalars.count > longest ? result + "…" : result
    }
}

extension Unicode.Scalar {
    /// Whether it is drawn on the character before it.
    fileprivate var isMark: Bool {
        guard value >= 0x300 else { return false }
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether it has no width, so that marks after it are on the same character as those before it.
    fileprivate var isJoiner: Bool { value >= 0xAD && properties.generalCategory == .format }
}
