internal import CPangoCairo

/// Renders drawings to files in memory.
enum Surface {
    /// A color PNG of `width` × `height` points on white, at `scale` pixels per point.
    static func colorPNG(
        width: Double, height: Double, scale: Double, _ draw: (Context) throws -> Void
    ) throws -> [UInt8] {
        let (columns, rows) = try pixels(width: width, height: height, scale: scale)
        return try png(width: columns, height: rows, format: CAIRO_FORMAT_RGB24) { context in
            context.cairo.cairo_set_source_rgb(context.pointer, 1, 1, 1)
            context.cairo.cairo_paint(context.pointer)
            context.cairo.cairo_scale(context.pointer, scale, scale)
            try draw(context)
        }
    }

    /// Cairo's maximum image side in pixels.
    private static let maximumSide = 32_767.0
    /// Maximum number of pixels of an image, at four bytes each.
    private static let maximumArea = 67_108_864.0

    private static func pixels(
        width: Double, height: Double, scale: Double
    ) throws(DocumentError) -> (columns: Int32, rows: Int32) {
        let (columns, rows) = ((width * scale).rounded(.up), (height * scale).rounded(.up))
        guard columns >= 1, rows >= 1, max(columns, rows) <= maximumSide, columns * rows <= maximumArea else {
            let fitting = min(maximumSide / max(width, height), (maximumArea / (width * height)).squareRoot())
            throw .imageTooLarge(
                width: Int(exactly: columns) ?? .max, height: Int(exactly: rows) ?? .max,
                fittingDPI: Int(exactly: (fitting * 72).rounded(.down)) ?? 0)
        }
        return (Int32(columns), Int32(rows))
    }

    /// A PDF with metadata, tags and links, one page per height; lengths in points.
    ///
    /// - Parameter draw: draws the page with the given index.
    static func pdf(
        _ info: DocumentInfo, width: Double, heights: [Double], _ draw: (Context, Int) throws -> Void
    ) throws -> [UInt8] {
        let cairo = try Drawing.functions()
        let file = try collecting { write, sink in
            let surface = cairo.cairo_pdf_surface_create_for_stream(write, sink, width, heights.first ?? 0)
            defer { cairo.cairo_surface_destroy(surface) }
            for (kind, text) in [
                (CAIRO_PDF_METADATA_TITLE, info.title), (CAIRO_PDF_METADATA_AUTHOR, info.author),
                (CAIRO_PDF_METADATA_CREATOR, info.creator),
                // Empty if the date is unknown; otherwise cairo would write the time of drawing.
                (CAIRO_PDF_METADATA_CREATE_DATE, info.created ?? ""),
            ] { cairo.cairo_pdf_surface_set_metadata(surface, kind, text) }
            try paint(surface, cairo) { context in
                for (index, height) in heights.enumerated() {
                    // Setting the size discards anything drawn or begun before.
                    cairo.cairo_pdf_surface_set_size(surface, width, height)
                    // cairo marks a file as tagged only if this part encloses all others.
                    if index == 0 { cairo.cairo_tag_begin(context.pointer, "Document", nil) }
                    try draw(Context(cairo: cairo, pointer: context.pointer, hasPictures: true), index)
                    if index == heights.count - 1 { cairo.cairo_tag_end(context.pointer, "Document") }
                    cairo.cairo_show_page(context.pointer)
                }
            }
            // Fonts and tables are written on finish; only afterwards is the file known to be complete.
            cairo.cairo_surface_finish(surface)
            try check(cairo.cairo_surface_status(surface), cairo)
        }
        return PDFCatalog.extended(file, language: info.language)
    }

    /// A square PNG with one bit per pixel; drawn areas become black on white.
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

    /// Collects what `body` writes through the function and sink it receives.
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
