/// What a PDF says about itself.
package struct DocumentInfo: Hashable, Sendable {
    package var title: String
    package var author: String
    /// ISO 8601, `2026-01-31T09:30:00Z`; part of the file's bytes, so never the time of drawing.
    package var created: String
    /// The language of the text (BCP 47), `ru-RU`.
    package var language: String

    package init(title: String, author: String, created: String, language: String) {
        self.title = title
        self.author = author
        self.created = created
        self.language = language
    }
}

/// One page of a given width, as tall as what is drawn on it.
///
/// The same drawing gives the same bytes, whatever the user's font settings, and on any number of threads at once.
package struct Page: Sendable {
    /// Points, 1/72 inch.
    package var width: Double
    /// Draws from the top left corner and returns the height used, in points.
    package var draw: @Sendable (Canvas) throws -> Double

    package init(width: Double, draw: @escaping @Sendable (Canvas) throws -> Double) {
        self.width = width
        self.draw = draw
    }

    /// The page as a PDF with real text in subset, embedded fonts.
    /// - Throws: ``DocumentError``, and what drawing throws.
    package func pdf(_ info: DocumentInfo) throws -> [UInt8] {
        let canvas = try Canvas()
        let height = try draw(canvas)
        let pdf = try Surface.pdf(width: width, height: height, info: info) { try canvas.replay(on: $0) }
        guard var file = PDFFile(pdf) else { return pdf }
        let isTag = info.language.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        file.addToCatalog(isTag ? "/Lang (\(info.language)) " : "")
        file.addToCatalog("/MarkInfo << /Marked true >> /ViewerPreferences << /DisplayDocTitle true >> ")
        try file.shrink()
        return try file.packed { try Deflate.compressed($0) }
    }

    /// The page as a PNG on white.
    /// - Parameter scale: pixels a point; 2 is about 144 dots an inch.
    /// - Throws: ``DocumentError``, and what drawing throws.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let canvas = try Canvas()
        let height = try draw(canvas)
        return try Surface.colorPNG(width: width, height: height, scale: scale) { try canvas.replay(on: $0) }
    }
}
