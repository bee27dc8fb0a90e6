/// Escaping for XML and HTML.
package enum Markup {
    /// Escapes text and quoted attribute values; characters that XML 1.0 cannot represent are replaced.
    /// - Parameter keepsLineFeeds: for text only; in an attribute value a line feed would be read as a space.
    package static func escaped(_ text: String, keepsLineFeeds: Bool = false) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n" where keepsLineFeeds: result += "\n"
            case "\n": result += "&#10;"
            case "\t": result += "&#9;"
            case "\r": result += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
