/// Text escaped for mdoc macros (mdoc(7), roff(7), mandoc_char(7)).
enum Roff {
    /// Text as separate input lines of moderate length, one sentence per line.
    static func text(_ text: String) -> [String] {
        var lines: [String] = []
        var endsSentence = true
        for word in text.split(separator: " ") {
            let escaped = escaped(String(word), isLiteral: false)
            if let last = lines.last, !endsSentence, last.utf8.count + 1 + escaped.utf8.count <= 75 {
                lines[lines.count - 1] += " \(escaped)"
            } else {
                lines.append(protected(escaped))
            }
            let end = word.last { !")\"'”’".contains($0) }
            endsSentence = end.map { ".!?".contains($0) } ?? false
        }
        return lines
    }

    /// A line printed verbatim, including spaces.
    static func literal(_ line: String) -> String {
        protected(escaped(line, isLiteral: true))
    }

    /// Words as arguments of a macro, protected from being parsed as macros or delimiters.
    static func arguments(_ text: String) -> String {
        text.split(separator: " ").map { word in
            let escaped = escaped(String(word), isLiteral: true, isArgument: true)
            return isMacroLike(word) || isDelimiter(word) ? "\\&\(escaped)" : escaped
        }.joined(separator: " ")
    }

    /// A line protected from being parsed as a request, which begins with a dot or an apostrophe.
    private static func protected(_ line: String) -> String {
        line.utf8.first == UInt8(ascii: ".") || line.utf8.first == UInt8(ascii: "'") ? "\\&\(line)" : line
    }

    /// Whether a word looks like a macro's name: `Ar`, `Brq`, `D1`, `%A`.
    private static func isMacroLike(_ word: Substring) -> Bool {
        guard (2...3).contains(word.utf8.count), let first = word.first else { return false }
        return first == "%" || first.isUppercase && !word.dropFirst().contains(where: \.isUppercase)
    }

    private static func isDelimiter(_ word: Substring) -> Bool {
        word.count == 1 && ".,:;()[]?!|".contains(word)
    }

    /// Escapes characters that roff interprets or renders differently. A hyphen is kept as ASCII in a literal and at
    /// the beginning of an option.
    private static func escaped(_ text: String, isLiteral: Bool, isArgument: Bool = false) -> String {
        var result = ""
        let hasDashes = isLiteral || text.hasPrefix("-")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-" where hasDashes: result += "\\-"
            case "'" where isLiteral: result += "\\(aq"
            case "\"" where isArgument: result += "\\(dq"
            // Control characters must not end the input line or reach a terminal.
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += " "
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case _ where !scalar.isASCII: result += "\\[u\(hexadecimal(scalar))]"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// At least four digits, as roff requires.
    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
