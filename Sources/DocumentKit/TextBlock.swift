internal import CPangoCairo

/// A text set in lines, with its measures in points.
package final class TextBlock {
    /// The widest line.
    package let width: Double
    package let height: Double
    /// From the top to the first line's baseline.
    package let baseline: Double
    let gray: Double
    /// Points.
    let size: Double

    private let drawing: DrawingFunctions
    private let layout: OpaquePointer

    init(
        _ text: String, _ style: TextStyle, width: Double?, font: OpaquePointer, context: OpaquePointer,
        drawing: DrawingFunctions
    ) throws(DocumentError) {
        guard let layout = drawing.pango_layout_new(context) else { throw .drawingFailed("no text layout") }
        self.layout = layout
        self.drawing = drawing
        gray = style.gray
        size = style.size
        drawing.pango_layout_set_font_description(layout, font)
        if let width {
            drawing.pango_layout_set_width(layout, Int32(clamping: Int(width * Double(PANGO_SCALE))))
            drawing.pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
            drawing.pango_layout_set_alignment(layout, style.alignment.pango)
        }
        // A NUL would end the text for pango.
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
    }

    deinit { drawing.g_object_unref(UnsafeMutableRawPointer(layout)) }

    /// The glyphs, line by line.
    func forEachRun(_ body: (GlyphRun) throws -> Void) rethrows {
        guard let text = drawing.pango_layout_get_text(layout).map(UnsafeRawPointer.init),
            let lines = drawing.pango_layout_get_iter(layout)
        else { return }
        defer { drawing.pango_layout_iter_free(lines) }
        repeat {
            var extents = PangoRectangle()
            drawing.pango_layout_iter_get_line_extents(lines, nil, &extents)
            var x = Double(extents.x) / Double(PANGO_SCALE)
            let baseline = Double(drawing.pango_layout_iter_get_baseline(lines)) / Double(PANGO_SCALE)
            var node = drawing.pango_layout_iter_get_line_readonly(lines)?.pointee.runs
            while let entry = node?.pointee {
                if let item = entry.data?.assumingMemoryBound(to: PangoLayoutRun.self).pointee,
                    let run = GlyphRun(item, text: text.assumingMemoryBound(to: UInt8.self), x: x, baseline: baseline)
                {
                    try body(run)
                    x += run.width
                }
                node = entry.next
            }
        } while drawing.pango_layout_iter_next_line(lines) != 0
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
