internal import CPangoCairo

/// Records what is drawn on a page; coordinates are in points from the top left corner.
///
/// Confined to the thread that created it.
package final class Canvas {
    /// A drawing operation, or the beginning or end of a part.
    enum Mark {
        case text(TextBlock, x: Double, y: Double)
        case line(from: (x: Double, y: Double), to: (x: Double, y: Double), thickness: Double, dash: Dash)
        case code(QRCode, x: Double, y: Double, side: Double)
        case begin(Role)
        case end(Role)
        /// Blocks on one line, each placed by its left edge, that are read and copied as the given text.
        case reading(String, [(block: TextBlock, x: Double)], y: Double)
    }

    /// How a line is broken.
    package enum Dash: Sendable {
        case solid
        /// Round dots, spaced at three times the thickness.
        case dotted
    }

    /// The role of a part of the page in the document structure, for accessibility (PDF structure types, ISO 32000-1,
    /// 14.8.4).
    package enum Role: Hashable, Sendable {
        case paragraph
        case figure
        case span
        /// A link to a URI of printable ASCII; plain text for any other URI.
        case link(to: String)
    }

    private let drawing: DrawingFunctions
    private let fonts: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private var descriptions: [Key: OpaquePointer] = [:]
    private(set) var marks: [Mark] = []
    /// Preferred page breaks, in points from the top, in the order they were added.
    private(set) var breaks: [Double] = []

    private struct Key: Hashable {
        var typeface: Typeface
        var size: Double
    }

    init() throws(DocumentError) {
        drawing = try Drawing.functions()
        fonts = try FontMap.current()
        guard let context = drawing.pango_font_map_create_context(fonts) else {
            throw .drawingFailed("cannot create a text context")
        }
        self.context = context
        drawing.pango_cairo_context_set_resolution(context, 72)
        drawing.pango_context_set_round_glyph_positions(context, 0)
        let options = drawing.cairo_font_options_create()
        drawing.cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        drawing.cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        drawing.cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        drawing.pango_cairo_context_set_font_options(context, options)
        drawing.cairo_font_options_destroy(options)
    }

    deinit {
        for description in descriptions.values { drawing.pango_font_description_free(description) }
        drawing.g_object_unref(UnsafeMutableRawPointer(context))
    }

    /// Lays out `text` without placing it on the page.
    /// - Parameter width: the line width in points; nil sets each paragraph on one line.
    /// - Throws: ``DocumentError/fontMissing(family:debianPackage:)``.
    package func block(_ text: String, _ style: TextStyle, width: Double? = nil) throws(DocumentError) -> TextBlock {
        let font = try description(style.typeface, size: style.size)
        return try TextBlock(text, style, width: width, font: font, context: context, drawing: drawing)
    }

    /// Places a block's top left corner at a point, rounded imperceptibly.
    package func place(_ block: TextBlock, x: Double, y: Double) {
        // Binary fractions take few digits in a PDF.
        let start = (x: (x * 8).rounded() / 8, baseline: ((y + block.baseline) * 4).rounded() / 4)
        marks.append(.text(block, x: start.x, y: start.baseline - block.baseline))
    }

    /// Lays out and places a text, and returns its height.
    @discardableResult
    package func text(_ text: String, _ style: TextStyle, x: Double, y: Double, width: Double) throws -> Double {
        let block = try block(text, style, width: width)
        place(block, x: x, y: y)
        return block.height
    }

    package func line(
        from start: (x: Double, y: Double), to end: (x: Double, y: Double), thickness: Double, dash: Dash = .solid
    ) {
        marks.append(.line(from: start, to: end, thickness: thickness, dash: dash))
    }

    /// Draws a code without its quiet zone, which the caller must leave empty.
    package func code(_ code: QRCode, x: Double, y: Double, side: Double) {
        marks.append(.code(code, x: x, y: y, side: side))
    }

    /// Adds a preferred page break for a drawing taller than a page.
    ///
    /// Without one in its lower half, a page ends between two lines.
    package func pageMayEnd(at y: Double) { breaks.append(y) }

    /// Draws a part with a role in the document structure.
    package func part<Result>(_ role: Role, _ draw: () throws -> Result) rethrows -> Result {
        marks.append(.begin(role))
        defer { marks.append(.end(role)) }
        return try draw()
    }

    /// Places blocks of one style on a line that is read, copied and found as `text`.
    package func place(_ blocks: [(block: TextBlock, x: Double)], y: Double, reading text: String) {
        marks.append(.reading(text, blocks, y: y))
    }

    private func description(_ typeface: Typeface, size: Double) throws(DocumentError) -> OpaquePointer {
        let key = Key(typeface: typeface, size: size)
        if let known = descriptions[key] { return known }
        guard drawing.pango_font_map_get_family(fonts, typeface.family) != nil,
            let description = drawing.pango_font_description_new()
        else { throw .fontMissing(family: typeface.family, debianPackage: typeface.debianPackage) }
        drawing.pango_font_description_set_family(description, typeface.family)
        drawing.pango_font_description_set_weight(description, typeface.weight.pango)
        drawing.pango_font_description_set_absolute_size(description, size * Double(PANGO_SCALE))
        descriptions[key] = description
        return description
    }
}

extension Typeface.Weight {
    fileprivate var pango: PangoWeight {
        switch self {
        case .regular: PANGO_WEIGHT_NORMAL
        case .bold: PANGO_WEIGHT_BOLD
        }
    }
}
