/// The metadata of a PDF.
package struct DocumentInfo: Hashable, Sendable {
    package var title: String
    package var author: String
    /// The program that created it.
    package var creator: String
    /// ISO 8601, `2026-01-31T09:30:00Z`; part of the file's bytes, so never the time of drawing. Nil if unknown.
    package var created: String?
    /// The language of the text (BCP 47), `ru-RU`.
    package var language: String

    package init(title: String, author: String, creator: String, created: String?, language: String) {
        self.title = title
        self.author = author
        self.creator = creator
        self.created = created
        self.language = language
    }
}

/// A page of a given width, as tall as its content.
///
/// Output is deterministic: it does not depend on font settings or on concurrent threads.
package struct Page: Sendable {
    /// Points, 1/72 inch.
    package var width: Double
    /// The style of the page number, `2 / 3`, below each page of a multi-page PDF.
    package var numbers: TextStyle
    /// Draws from the top left corner and returns the height used, in points.
    package var draw: @Sendable (Canvas) throws -> Double

    package init(width: Double, numbers: TextStyle, draw: @escaping @Sendable (Canvas) throws -> Double) {
        self.width = width
        self.numbers = numbers
        self.draw = draw
    }

    /// The margin above the content of a continuation page, and above and below its number; points.
    private static let margin = 14.0

    /// The page as a PDF with real text in subset, embedded fonts.
    ///
    /// Content taller than 14,000 points continues on further pages, because some readers cannot show a taller page.
    /// - Throws: ``DocumentError``, and what drawing throws.
    package func pdf(_ info: DocumentInfo) throws -> [UInt8] {
        let canvas = try Canvas()
        let height = try draw(canvas)
        let footer = 2 * Self.margin + numbers.size * 1.5
        let sheets = try Pagination(canvas, width: width, height: height, margins: Self.margin + footer).sheets
        guard sheets.count > 1 else {
            return try Surface.pdf(info, width: width, heights: [height]) { context, _ in
                try context.replay(sheets[0].marks)
            }
        }
        let tops = sheets.indices.map { $0 == 0 ? 0 : Self.margin }
        let heights = zip(tops, sheets).map { $0 + $1.range.upperBound - $1.range.lowerBound + footer }
        return try Surface.pdf(info, width: width, heights: heights) { context, index in
            let range = sheets[index].range
            try context.replay(sheets[index].marks, down: tops[index] - range.lowerBound)
            let number = try canvas.block("\(index + 1) / \(sheets.count)", numbers)
            number.show(on: context.pointer, x: (width - number.width) / 2, y: heights[index] - footer + Self.margin)
        }
    }

    /// The page as a single PNG on white, with the pixel density of the page's size.
    /// - Parameter scale: pixels per point; 2 is 144 dpi.
    /// - Throws: ``DocumentError``, and what drawing throws.
    package func png(scale: Double = 2) throws -> [UInt8] {
        let canvas = try Canvas()
        let height = try draw(canvas)
        let png = try Surface.colorPNG(width: width, height: height, scale: scale) { try $0.replay(canvas.marks) }
        return [UInt8](png: png, pixelsPerPoint: scale)
    }
}
