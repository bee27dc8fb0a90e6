/// Recognizes PDF files by their first and last bytes.
package enum PDFForm {
    /// Whether bytes are a complete PDF: `%PDF-` first and `%%EOF` last, apart from line ends (ISO 32000-1, 7.5.2 and
    /// 7.5.5).
    package static func isWhole(_ bytes: [UInt8]) -> Bool {
        let end = bytes.suffix(16).reversed().drop { $0 == 10 || $0 == 13 }.prefix(5).reversed()
        return bytes.starts(with: "%PDF-".utf8) && end.elementsEqual("%%EOF".utf8)
    }
}
