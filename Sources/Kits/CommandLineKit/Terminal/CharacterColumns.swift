extension Character {
    /// The width of this character in a terminal: 0, 1 or 2 columns.
    var columns: Int {
        let scalars = unicodeScalars
        let isFlag = scalars.count > 1 && scalars.allSatisfy { (0x1F1E6...0x1F1FF).contains($0.value) }
        if isFlag || scalars.contains("\u{FE0F}") { return 2 }
        return scalars.reduce(0) { max($0, $1.columns) }
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        if value < 0x300 { return (0x20...0x7E).contains(value) || value >= 0xA0 && value != 0xAD ? 1 : 0 }
        if properties.isDefaultIgnorableCodePoint { return 0 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .lineSeparator, .paragraphSeparator: return 0
        default: break
        }
        return properties.isEmojiPresentation || Self.isWide(value) ? 2 : 1
    }

    /// Whether a code point outside emoji is wide or full-width.
    private static func isWide(_ value: UInt32) -> Bool {
        guard value >= 0x1100 else { return false }
        return wideRanges.contains { $0.contains(value) }
    }

    /// Unicode's EastAsianWidth.txt, W and F, with the unassigned gaps between neighbours filled and without emoji.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F,  // Hangul leading consonants
        0x2329...0x232A,  // angle brackets
        0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF,  // radicals, punctuation, kana, compatibility, extension A
        0x4E00...0xA4CF,  // ideographs, Yi
        0xA960...0xA97C, 0xAC00...0xD7A3,  // Hangul
        0xF900...0xFAFF,  // compatibility ideographs
        0xFE10...0xFE19, 0xFE30...0xFE6F,  // vertical and small forms
        0xFF01...0xFF60, 0xFFE0...0xFFE6,  // full-width forms
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,  // Tangut, Khitan, kana, Nushu
        0x1F200...0x1F265,  // enclosed ideographs
        0x20000...0x3FFFD,  // further ideographs
    ]
}
