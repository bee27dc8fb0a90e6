/// Sanitizes untrusted text for paper and terminals.
enum Printable {
    /// Maximum length of a text; the rest is omitted.
    static let maximumLength = 1_000

    /// Maximum number of combining marks per character; more would overlap the lines above and below.
    static let maximumMarks = 4

    /// Replaces line breaks and tabs with spaces, and other control and bidirectional characters with their code
    /// points: `\u{1B}`.
    static func text(_ text: String) -> String {
        var result = ""
        var marks = 0
        for scalar in text.unicodeScalars.prefix(maximumLength) {
            switch scalar {
            case "\t", "\n", "\r", "\u{2028}", "\u{2029}": result += " "
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}":
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            case let scalar where scalar.isMark:
                marks += 1
                if marks <= maximumMarks { result.unicodeScalars.append(scalar) }
                continue
            default: result.unicodeScalars.append(scalar)
            }
            if !scalar.isJoiner { marks = 0 }
        }
        return text.unicodeScalars.count > maximumLength ? result + "…" : result
    }
}

extension Unicode.Scalar {
    /// Whether it combines with the preceding character.
    fileprivate var isMark: Bool {
        guard value >= 0x300 else { return false }
        return switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: true
        default: false
        }
    }

    /// Whether it has no width, so that marks before and after it combine with the same character.
    fileprivate var isJoiner: Bool { value >= 0xAD && properties.generalCategory == .format }
}
