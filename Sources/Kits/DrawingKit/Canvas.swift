internal import CPangoCairo

/// Takes down what is drawn on a page; coordinates are points from the top left corner.
///
/// Belongs to the thread that made it.
package final class Canvas {
    /// Something drawn, or the begin or end of a part.
    enum Mark {
        case text(TextBlock, x: Double, y: Double)
        case line(from: (x: Double, y: Double), to: (x: Double, y: Double), thickness: Double, dash: Dash)
        case code(QRCode, x: Double, y: Double, side: Double)
        case begin(Role)
        case end(Role)
        /// Blocks on one line, each from its left edge, that read as one text, whatever is seen.
        case reading(String, [(block: TextBlock, x: Double)], y: Double)
    }

    /// How a line is broken.
    package enum Dash: Sendable {
        case solid
        /// Round dots, as far apart as three times the thickness.
        case dotted
    }

    /// What a part of the page is, for a reader that cannot see it (PDF structure types, ISO 32000-1, 14.8.4).
    package enum Role: Hashable, Sendable {
        case paragraph
        case figure
        case span
        /// Leads to a URI when it is clicked, where that is of printable ASCII; otherwise it is shown alone.
        case link(to: String)
    }

    private let drawing: DrawingFunctions
    private let fonts: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private var descriptions: [Key: OpaquePointer] = [:]
    private(set) var marks: [Mark] = []
    /// Where a page ends best, in points from the top, in the order they were named.
    private(set) var breaks: [Double] = []

    private struct Key: Hashable {
        var typeface: Typeface
        var size: Double
    }

    init() throws(DocumentError) {
        drawing = try Drawing.functions()
        fonts = try FontMap.current()
        guard let context = drawing.pango_font_map_create_context(fonts) else {
            throw .drawingFailed("there is no text context")
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

    /// Sets `text`, not yet placed on the page.
    /// - Parameter width: where lines are broken, in points; nil sets one line a paragraph.
    /// - Throws: ``DocumentError/fontMissing(family:debianPackage:)``.
    package func block(_ text: String, _ style: TextStyle, width: Double? = nil) throws(DocumentError) -> TextBlock {
        let font = try description(style.typeface, size: style.size)
        return try TextBlock(text, style, width: width, font: font, context: context, drawing: drawing)
    }

    /// Puts a block's top left corner at a point, or as near to it as makes no difference.
    package func place(_ block: TextBlock, x: Double, y: Double) {
        // Round fractions of two take few digits in a PDF.
        let start = (x: (x * 8).rounded() / 8, baseline: ((y + block.baseline) * 4).rounded() / 4)
        marks.append(.text(block, x: start.x, y: start.baseline - block.baseline))
    }

    /// Sets and places a text, and returns its height.
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

    /// Draws a code without its quiet zone, which the caller leaves free.
    package func code(_ code: QRCode, x: Double, y: Double, side: Double) {
        marks.append(.code(code, x: x, y: y, side: side))
    }

    /// Names a height at which a drawing taller than a page is best divided.
    ///
    /// A page ends between two lines where none is named in its lower half.
    package func pageMayEnd(at y: Double) { breaks.append(y) }

    /// Draws something that has a meaning of its own.
    package func part<Result>(_ role: Role, _ draw: () throws -> Result) rethrows -> Result {
        marks.append(.begin(role))
        defer { marks.append(.end(role)) }
        return try draw()
    }

    /// Places blocks of one style on a line that a reader takes, copies and finds as `text`.
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
