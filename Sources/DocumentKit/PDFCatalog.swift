/// What cairo leaves out of a PDF's catalog: the language, and the mark that the text is tagged.
///
/// cairo writes the catalog as the last object, so entries can be added to it without moving any other.
enum PDFCatalog {
    /// The file with a language (BCP 47) in its catalog, or as it was where the catalog does not come last.
    static func adding(language: String, to pdf: [UInt8]) -> [UInt8] {
        guard language.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || isAlphanumeric($0) }),
            let table = pdf.lastRange(of: "xref\n0 "), let start = pdf.lastRange(of: "startxref\n"),
            let end = pdf[..<table.lowerBound].lastRange(of: "\n>>\nendobj\n"), end.upperBound == table.lowerBound,
            let object = pdf[..<end.lowerBound].lastRange(of: " obj\n<< /Type /Catalog\n"),
            pdf[object.upperBound..<end.lowerBound].lastRange(of: "endobj") == nil
        else { return pdf }
        let entries = """

               /Lang (\(language))
               /MarkInfo << /Marked true >>
               /ViewerPreferences << /DisplayDocTitle true >>
            """
        let offset = table.lowerBound + entries.utf8.count
        return Array(pdf[..<end.lowerBound]) + entries.utf8 + pdf[end.lowerBound..<start.upperBound]
            + "\(offset)\n%%EOF\n".utf8
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    fileprivate func lastRange(of text: String) -> Range<Int>? {
        let pattern = Array(text.utf8)
        return stride(from: endIndex - pattern.count, through: startIndex, by: -1)
            .first { self[$0..<$0 + pattern.count].elementsEqual(pattern) }
            .map { $0..<$0 + pattern.count }
    }
}
