/// What readers of a PDF should know and cairo has no call for, in the file's catalog (ISO 32000-1, 7.7.2).
enum PDFCatalog {
    /// The file with the language of its text, which a screen reader speaks, and its title for the window's.
    ///
    /// cairo writes the catalog last, so that only the cross-reference table behind it moves. A file of another form is
    /// left as it is.
    /// - Parameter language: BCP 47, `ru-RU`.
    static func extended(_ file: [UInt8], language: String) -> [UInt8] {
        let (start, end) = (Array("<< /Type /Catalog\n".utf8), Array("\nstartxref\n".utf8))
        guard !language.isEmpty, language.utf8.allSatisfy(isTagCharacter), let catalog = file.lastEnd(of: start),
            let pointer = file.lastEnd(of: end), catalog < pointer,
            let table = Int(String(decoding: file[pointer...].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)),
            catalog < table
        else { return file }
        let entries = Array("   /Lang (\(language))\n   /ViewerPreferences << /DisplayDocTitle true >>\n".utf8)
        return file[..<catalog] + entries + file[catalog..<pointer] + "\(table + entries.count)\n%%EOF\n".utf8
    }

    private static func isTagCharacter(_ byte: UInt8) -> Bool {
        let character = Character(Unicode.Scalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }
}

extension [UInt8] {
    /// Behind the last occurrence of `pattern`.
    fileprivate func lastEnd(of pattern: [UInt8]) -> Int? {
        reversed().firstRange(of: pattern.reversed()).map { $0.lowerBound.base }
    }
}
