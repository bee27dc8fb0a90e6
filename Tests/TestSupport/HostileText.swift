/// Texts made of what escapers get wrong: quotes with accents on them, line ends of all kinds, what terminals and
/// browsers act on, what cannot be seen. The same in every run.
package enum HostileText {
    package static let pieces = [
        "\"", "'", "\\", "`", ",", ";", "\t", "\n", "\r", "\r\n", "\u{0}", "\u{1}", "\u{7}", "\u{8}", "\u{B}", "\u{C}",
        "\u{1B}[31m", "\u{1B}]0;title\u{7}", "\u{7F}", "\u{85}", "\u{9B}2J", "\u{A0}", "\u{AD}", "\u{301}", "\u{200B}",
        "\u{200D}", "\u{200E}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}", "\u{2066}", "\u{2069}", "\u{FE0F}",
        "\u{FEFF}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{E0041}", "\u{10FFFF}", "=", "+", "-", "@", "=1+1", "％", "%",
        "%41", "%zz", "<", ">", "&", "&amp;", "]]>", "<!--", "$(id)", "${x}", "#", "~", "^", ".", "..", "|", "{", "}",
        "[", "]", "(", ")", ":", "/", "*", "?", " ", "a", "é", "e\u{301}", "Борщ", "🍲", "👩‍🍳", "0", "u0041", "\\n",
        "\\\"",
    ]

    /// So many texts of up to a dozen pieces, and each piece alone.
    package static func texts(_ count: Int, seed: UInt64 = 1) -> [String] {
        var state = seed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let mixed = (0..<count).map { _ in (0...next(12)).map { _ in pieces[next(pieces.count)] }.joined() }
        return [""] + pieces + mixed
    }

    /// Whether two texts are the same scalar by scalar, which `==` does not ask.
    package static func isSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }
}
