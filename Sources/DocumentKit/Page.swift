/// What a PDF says about itself.
package struct DocumentInfo: Hashable, Sendable {
    package var title: String
    package var author: String
    /// ISO 8601, `2026-01-31T09:30:00Z`; part of the file's bytes, so never the time of drawing. Nil where it is not known.
    package var created: String?
    /// The language of the text (BCP 47), `ru-RU`.
    package var language: String

    package init(title: String, author: String, created: String?, language: String) {
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
        var page = try PDFPage(width: width, height: height)
        return try page.bytes(canvas.marks, info)
    }

    /// The page as a PNG on white, which is printed in the page's size.
    /// - Parameter scale: pixels a point; 2 is about 144 dots an inch.
    /// - Throws: ``DocumentError``, and what drawing throws.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let canvas = try Canvas()
        let height = try draw(canvas)
        let png = try Surface.colorPNG(width: width, height: height, scale: scale) { canvas.replay(on: $0) }
        return [UInt8](png: png, pixelsPerPoint: scale)
    }
}
