internal import CPangoCairo

/// A cairo context to draw on, valid during one closure.
struct Context {
    let cairo: DrawingFunctions
    let pointer: OpaquePointer
    /// Whether a code is drawn as an image, which takes a quarter of the space in a file, or as vectors, which are
    /// sharp at any scale.
    var hasPictures = false

    /// Draws what a canvas recorded, in order.
    /// - Parameter down: vertical offset in points.
    func replay(_ marks: [Canvas.Mark], down: Double = 0) throws {
        cairo.cairo_save(pointer)
        cairo.cairo_translate(pointer, 0, down)
        for mark in marks { try draw(mark) }
        cairo.cairo_restore(pointer)
    }

    private func draw(_ mark: Canvas.Mark) throws {
        switch mark {
        case .text(let block, let x, let y):
            cairo.cairo_set_source_rgb(pointer, block.gray, block.gray, block.gray)
            block.show(on: pointer, x: x, y: y)
        case .line(let start, let end, let thickness, let dash):
            cairo.cairo_set_source_rgb(pointer, 0, 0, 0)
            cairo.cairo_set_line_width(pointer, thickness)
            cairo.cairo_set_line_cap(pointer, dash == .dotted ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
            let pattern = dash == .dotted ? [0, thickness * 3] : []
            cairo.cairo_set_dash(pointer, pattern, Int32(pattern.count), 0)
            cairo.cairo_move_to(pointer, start.x, start.y)
            cairo.cairo_line_to(pointer, end.x, end.y)
            cairo.cairo_stroke(pointer)
        case .code(let code, let x, let y, let side):
            if hasPictures {
                try picture(code, x: x, y: y, side: side)
            } else {
                cairo.cairo_set_source_rgb(pointer, 0, 0, 0)
                draw(code, x: x, y: y, module: side / Double(code.size))
            }
        case .reading(let text, let blocks, let y): read(text, blocks, y: y)
        case .begin(let role): cairo.cairo_tag_begin(pointer, role.tag, role.attributes)
        case .end(let role): cairo.cairo_tag_end(pointer, role.tag)
        }
    }

    /// Draws blocks as one cluster of glyphs with its text (ActualText, ISO 32000-1, 14.9.4).
    private func read(_ text: String, _ blocks: [(block: TextBlock, x: Double)], y: Double) {
        guard let first = blocks.first?.block, let font = first.scaledFont else { return }
        let glyphs = blocks.flatMap { $0.block.glyphs(x: $0.x, y: y) }
        var cluster = cairo_text_cluster_t(num_bytes: Int32(clamping: text.utf8.count), num_glyphs: Int32(glyphs.count))
        cairo.cairo_save(pointer)
        cairo.cairo_set_source_rgb(pointer, first.gray, first.gray, first.gray)
        cairo.cairo_set_scaled_font(pointer, font)
        cairo.cairo_show_text_glyphs(
            pointer, text, Int32(clamping: text.utf8.count), glyphs, Int32(glyphs.count), &cluster, 1,
            cairo_text_cluster_flags_t(0))
        cairo.cairo_restore(pointer)
    }

    /// Draws a code's dark modules, without a quiet zone.
    ///
    /// - Parameter module: the side of one module.
    func draw(_ code: QRCode, x: Double, y: Double, module: Double) {
        cairo.cairo_set_line_width(pointer, module)
        cairo.cairo_set_line_cap(pointer, CAIRO_LINE_CAP_BUTT)
        cairo.cairo_set_dash(pointer, nil, 0, 0)
        for run in code.darkRuns {
            let (left, middle) = (x + Double(run.x) * module, y + (Double(run.y) + 0.5) * module)
            cairo.cairo_move_to(pointer, left, middle)
            cairo.cairo_line_to(pointer, left + Double(run.length) * module, middle)
        }
        cairo.cairo_stroke(pointer)
    }

    private func picture(_ code: QRCode, x: Double, y: Double, side: Double) throws {
        // More than one pixel per module, for readers that interpolate between pixels.
        let module = 4
        let pixels = code.size * module
        let image = cairo.cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(pixels), Int32(pixels))
        defer { cairo.cairo_surface_destroy(image) }
        guard let data = cairo.cairo_image_surface_get_data(image) else {
            throw DocumentError.drawingFailed("out of memory for an image")
        }
        let stride = Int(cairo.cairo_image_surface_get_stride(image))
        for row in 0..<pixels {
            (data + row * stride).withMemoryRebound(to: UInt32.self, capacity: pixels) { line in
                for column in 0..<pixels {
                    line[column] = code.isDark(column / module, row / module) ? 0 : 0xFF_FFFF
                }
            }
        }
        cairo.cairo_surface_mark_dirty(image)
        cairo.cairo_save(pointer)
        cairo.cairo_translate(pointer, x, y)
        cairo.cairo_scale(pointer, side / Double(pixels), side / Double(pixels))
        cairo.cairo_set_source_surface(pointer, image, 0, 0)
        cairo.cairo_pattern_set_filter(cairo.cairo_get_source(pointer), CAIRO_FILTER_NEAREST)
        cairo.cairo_paint(pointer)
        cairo.cairo_restore(pointer)
    }
}

extension Canvas.Role {
    /// Its structure type; only PDFs have one.
    fileprivate var tag: String {
        switch self {
        case .paragraph: "P"
        case .figure: "Figure"
        case .span: "Span"
        case .link(let uri): Self.isWritable(uri) ? CAIRO_TAG_LINK : "Span"
        }
    }

    fileprivate var attributes: String {
        guard case .link(let uri) = self, Self.isWritable(uri) else { return "" }
        return "uri='\(uri)'"
    }

    /// Whether cairo's attributes and PDF strings can contain it unescaped.
    private static func isWritable(_ uri: String) -> Bool {
        !uri.isEmpty && uri.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"'\\()".utf8.contains($0) }
    }
}
