internal import CPangoCairo

/// A cairo context to draw on, valid during one closure.
struct Context {
    let cairo: DrawingFunctions
    let pointer: OpaquePointer

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
}

/// Drawings as finished images in memory.
enum Surface {
    /// A PNG in colour of `width` × `height` points on white, at `scale` pixels a point.
    static func colorPNG(
        width: Double, height: Double, scale: Double, _ draw: (Context) throws -> Void
    ) throws -> [UInt8] {
        let pixels = (width: (width * scale).rounded(.up), height: (height * scale).rounded(.up))
        guard pixels.width >= 1, pixels.height >= 1, max(pixels.width, pixels.height) <= Self.largestSide else {
            throw DocumentError.imageTooLarge(
                width: Int(exactly: pixels.width) ?? .max, height: Int(exactly: pixels.height) ?? .max)
        }
        let (columns, rows) = (Int32(pixels.width), Int32(pixels.height))
        return try png(width: columns, height: rows, format: CAIRO_FORMAT_RGB24) { context in
            context.cairo.cairo_set_source_rgb(context.pointer, 1, 1, 1)
            context.cairo.cairo_paint(context.pointer)
            context.cairo.cairo_scale(context.pointer, scale, scale)
            try draw(context)
        }
    }

    /// What cairo can address in an image, in pixels.
    private static let largestSide = 32_767.0

    /// A square PNG with one bit a pixel; what is drawn becomes black on white.
    static func bitmapPNG(side: Int32, _ draw: (Context) throws -> Void) throws -> [UInt8] {
        try png(width: side, height: side, format: CAIRO_FORMAT_A1) { context in
            // A set bit is written as white.
            context.cairo.cairo_paint(context.pointer)
            context.cairo.cairo_set_operator(context.pointer, CAIRO_OPERATOR_CLEAR)
            try draw(context)
        }
    }

    private static func png(
        width: Int32, height: Int32, format: cairo_format_t, _ draw: (Context) throws -> Void
    ) throws -> [UInt8] {
        let cairo = try Drawing.functions()
        return try collecting { write, sink in
            let surface = cairo.cairo_image_surface_create(format, width, height)
            defer { cairo.cairo_surface_destroy(surface) }
            try paint(surface, cairo, draw)
            try check(cairo.cairo_surface_write_to_png_stream(surface, write, sink), cairo)
        }
    }

    private static func paint(
        _ surface: OpaquePointer?, _ cairo: DrawingFunctions, _ draw: (Context) throws -> Void
    ) throws {
        try check(cairo.cairo_surface_status(surface), cairo)
        guard let context = cairo.cairo_create(surface) else { throw DocumentError.drawingFailed("no context") }
        defer { cairo.cairo_destroy(context) }
        try draw(Context(cairo: cairo, pointer: context))
        try check(cairo.cairo_status(context), cairo)
    }

    private static func check(_ status: cairo_status_t, _ cairo: DrawingFunctions) throws(DocumentError) {
        guard status != CAIRO_STATUS_SUCCESS else { return }
        throw .drawingFailed(cairo.cairo_status_to_string(status).map { String(cString: $0) } ?? "unknown")
    }

    /// What `body` writes through the function and the sink it is given.
    private static func collecting(
        _ body: (_ write: cairo_write_func_t, _ sink: UnsafeMutableRawPointer) throws -> Void
    ) rethrows -> [UInt8] {
        var bytes: [UInt8] = []
        try withUnsafeMutablePointer(to: &bytes) { sink in
            try body(
                { sink, data, count in
                    sink?.assumingMemoryBound(to: [UInt8].self).pointee
                        .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
                    return CAIRO_STATUS_SUCCESS
                }, sink)
        }
        return bytes
    }
}
