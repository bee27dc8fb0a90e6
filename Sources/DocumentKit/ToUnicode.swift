/// What text the codes of a font stand for, as a CMap (ISO 32000-1, 9.10.3).
enum ToUnicode {
    /// - Parameter texts: of consecutive codes.
    static func map(_ texts: [GlyphText], firstCode: Int) -> String {
        let ranges = ranges(texts, firstCode)
        var lines = ["/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapType 2 def"]
        lines += ["1 begincodespacerange", "<00><FF>", "endcodespacerange"]
        for start in stride(from: 0, to: ranges.count, by: mostInOneList) {
            let part = ranges[start..<min(start + mostInOneList, ranges.count)]
            lines.append("\(part.count) beginbfrange")
            lines += part.map { "<\(hex($0.first))><\(hex($0.last))><\($0.text)>" }
            lines.append("endbfrange")
        }
        return (lines + ["endcmap end end"]).joined(separator: "\n")
    }

    private static let mostInOneList = 100

    private struct Range {
        var first: Int
        var last: Int
        /// UTF-16 in hexadecimal.
        var text: String
    }

    /// Codes and texts that follow each other.
    private static func ranges(_ texts: [GlyphText], _ firstCode: Int) -> [Range] {
        var ranges: [Range] = []
        var next: UInt32?
        for (code, text) in zip(firstCode..., texts) {
            let only = text.rest.isEmpty ? text.first.value : nil
            if let only, only == next, only & 0xFF != 0 {
                ranges[ranges.count - 1].last = code
            } else {
                ranges.append(Range(first: code, last: code, text: PDFText.hex(text.string)))
            }
            // Within a range only the last byte may count up, so one ends with its 256; beyond 16 bits there is none.
            next = only.flatMap { $0 < 0xFFFF ? $0 + 1 : nil }
        }
        return ranges
    }

    private static func hex(_ code: Int) -> String { String(code, radix: 16, uppercase: true) }
}
