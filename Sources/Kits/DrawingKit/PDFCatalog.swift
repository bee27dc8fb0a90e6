/// Entries of a PDF's catalog that cairo cannot write (ISO 32000-1, 7.7.2).
enum PDFCatalog {
    /// Adds the language, which screen readers use, and shows the document's title in the window title.
    ///
    /// cairo writes the catalog last, so only the cross-reference table after it moves. A file of another form is
    /// returned unchanged.
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
    /// The index after the last occurrence of `pattern`.
    fileprivate func lastEnd(of pattern: [UInt8]) -> Int? {
        reversed().firstRange(of: pattern.reversed()).map { $0.lowerBound.base }
    }
}
