internal import CPangoCairo

/// Text laid out in lines, with its dimensions in points.
package final class TextBlock {
    /// The widest line.
    package let width: Double
    package let height: Double
    /// From the top to the first line's baseline.
    package let baseline: Double
    let gray: Double

    private let drawing: DrawingFunctions
    private let layout: OpaquePointer

    init(
        _ text: String, _ style: TextStyle, width: Double?, font: OpaquePointer, context: OpaquePointer,
        drawing: DrawingFunctions
    ) throws(DocumentError) {
        guard let layout = drawing.pango_layout_new(context) else {
            throw .drawingFailed("cannot create a text layout")
        }
        self.layout = layout
        self.drawing = drawing
        gray = style.gray
        drawing.pango_layout_set_font_description(layout, font)
        if let width {
            drawing.pango_layout_set_width(layout, Int32(clamping: Int(width * Double(PANGO_SCALE))))
            drawing.pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
            drawing.pango_layout_set_alignment(layout, style.alignment.pango)
        }
        // pango treats NUL as the end of the text.
        let bytes = text.utf8.map { $0 == 0 ? UInt8(ascii: " ") : $0 }
        bytes.withUnsafeBytes { bytes in
            drawing.pango_layout_set_text(
                layout, bytes.assumingMemoryBound(to: CChar.self).baseAddress, Int32(clamping: bytes.count))
        }
        var extents = PangoRectangle()
        drawing.pango_layout_get_extents(layout, nil, &extents)
        self.width = Double(extents.width) / Double(PANGO_SCALE)
        height = Double(extents.height) / Double(PANGO_SCALE)
        baseline = Double(drawing.pango_layout_get_baseline(layout)) / Double(PANGO_SCALE)
        showUnknownGlyphs()
    }

    deinit { drawing.g_object_unref(UnsafeMutableRawPointer(layout)) }

    /// Shows characters missing from all installed fonts with the font's own missing-glyph symbol.
    ///
    /// Otherwise pango would draw their code points as digits, and text extraction from the PDF would find those
    /// instead of the text.
    private func showUnknownGlyphs() {
        guard drawing.pango_layout_get_unknown_glyphs_count(layout) > 0 else { return }
        forEachRun { run in
            guard let glyphs = run.glyphs?.pointee else { return }
            for index in 0..<Int(glyphs.num_glyphs) where glyphs.glyphs[index].glyph & Self.unknown != 0 {
                glyphs.glyphs[index].glyph = 0
            }
        }
    }

    /// `PANGO_GLYPH_UNKNOWN_FLAG`, a macro that Swift does not import.
    private static let unknown: UInt32 = 0x1000_0000

    /// The font of the first glyph run; nil for empty text.
    var scaledFont: OpaquePointer? {
        var font: OpaquePointer?
        forEachRun { run in
            guard font == nil, let pango = run.item?.pointee.analysis.font else { return }
            font = drawing.pango_cairo_font_get_scaled_font(
                OpaquePointer(pango))
        }
        return font
    }

    /// The glyphs of a single-line text placed with its top left corner at a point.
    func glyphs(x: Double, y: Double) -> [cairo_glyph_t] {
        var glyphs: [cairo_glyph_t] = []
        var x = x
        forEachRun { run in
            guard let all = run.glyphs?.pointee else { return }
            for index in 0..<Int(all.num_glyphs) {
                let glyph = all.glyphs[index]
                glyphs.append(
                    cairo_glyph_t(
                        index: UInt(glyph.glyph), x: x + Double(glyph.geometry.x_offset) / Double(PANGO_SCALE),
                        y: y + baseline + Double(glyph.geometry.y_offset) / Double(PANGO_SCALE)))
                x += Double(glyph.geometry.width) / Double(PANGO_SCALE)
            }
        }
        return glyphs
    }

    private func forEachRun(_ body: (PangoGlyphItem) -> Void) {
        guard let runs = drawing.pango_layout_get_iter(layout) else { return }
        defer { drawing.pango_layout_iter_free(runs) }
        repeat {
            if let run = drawing.pango_layout_iter_get_run(runs)?.pointee { body(run) }
        } while drawing.pango_layout_iter_next_run(runs) != 0
    }

    func show(on page: OpaquePointer, x: Double, y: Double) {
        drawing.cairo_move_to(page, x, y)
        drawing.pango_cairo_show_layout(page, layout)
    }
}

extension TextStyle.Alignment {
    fileprivate var pango: PangoAlignment {
        switch self {
        case .leading: PANGO_ALIGN_LEFT
        case .center: PANGO_ALIGN_CENTER
        case .trailing: PANGO_ALIGN_RIGHT
        }
    }
}
