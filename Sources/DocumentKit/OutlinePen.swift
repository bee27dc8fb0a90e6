internal import CPangoCairo

/// Follows the outlines of a face's glyphs.
final class OutlinePen {
    private let drawing: DrawingFunctions
    private let functions: OpaquePointer
    private var contours: [[GlyphOutline.Point]] = []

    init(_ drawing: DrawingFunctions) throws(DocumentError) {
        guard let functions = drawing.hb_draw_funcs_create() else { throw .drawingFailed("no memory for outlines") }
        self.drawing = drawing
        self.functions = functions
        drawing.hb_draw_funcs_set_move_to_func(
            functions, { _, pen, _, x, y, _ in OutlinePen.of(pen)?.contours.append([.init(x, y)]) }, nil, nil)
        drawing.hb_draw_funcs_set_line_to_func(
            functions, { _, pen, _, x, y, _ in OutlinePen.of(pen)?.append(.init(x, y)) }, nil, nil)
        drawing.hb_draw_funcs_set_quadratic_to_func(
            functions,
            { _, pen, _, controlX, controlY, x, y, _ in
                OutlinePen.of(pen)?.append(.init(controlX, controlY, isOnCurve: false))
                OutlinePen.of(pen)?.append(.init(x, y))
            }, nil, nil)
        drawing.hb_draw_funcs_set_cubic_to_func(
            functions,
            { _, pen, _, firstX, firstY, secondX, secondY, x, y, _ in
                OutlinePen.of(pen)?.appendCubic(.init(firstX, firstY), .init(secondX, secondY), .init(x, y))
            }, nil, nil)
    }

    deinit { drawing.hb_draw_funcs_destroy(functions) }

    /// The contours of a glyph, in the units of `font`.
    func contours(of glyph: UInt32, in font: OpaquePointer) -> [[GlyphOutline.Point]] {
        contours = []
        drawing.hb_font_get_glyph_shape(font, glyph, functions, Unmanaged.passUnretained(self).toOpaque())
        return contours
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> OutlinePen? {
        pointer.map { Unmanaged<OutlinePen>.fromOpaque($0).takeUnretainedValue() }
    }

    private func append(_ point: GlyphOutline.Point) {
        guard !contours.isEmpty else { return }
        contours[contours.count - 1].append(point)
    }

    /// A cubic spline, of a font with PostScript outlines, as quadratic ones.
    private func appendCubic(_ first: GlyphOutline.Point, _ second: GlyphOutline.Point, _ end: GlyphOutline.Point) {
        guard let start = contours.last?.last else { return }
        /// A place on the spline, or with `slope` the direction there.
        func value(_ time: Double, _ axis: KeyPath<GlyphOutline.Point, Double>) -> (place: Double, slope: Double) {
            let (a, b, c, d) = (start[keyPath: axis], first[keyPath: axis], second[keyPath: axis], end[keyPath: axis])
            let rest = 1 - time
            return (
                rest * rest * rest * a + 3 * rest * rest * time * b + 3 * rest * time * time * c + time * time * time
                    * d,
                3 * (rest * rest * (b - a) + 2 * rest * time * (c - b) + time * time * (d - c))
            )
        }
        // In quarters the error is a sixty-fourth of what one quadratic spline would make: far below the grid.
        let step = 0.25
        for part in 0..<4 {
            let (from, to) = (Double(part) * step, Double(part + 1) * step)
            let (x, y) = (value(from, \.x), value(from, \.y))
            let (nextX, nextY) = (value(to, \.x), value(to, \.y))
            // The control point that matches both ends' places and, on average, their slopes.
            append(
                .init(
                    x: (x.place + nextX.place) / 2 + (x.slope - nextX.slope) * step / 4,
                    y: (y.place + nextY.place) / 2 + (y.slope - nextY.slope) * step / 4, isOnCurve: false))
            append(.init(x: nextX.place, y: nextY.place))
        }
    }
}

extension GlyphOutline.Point {
    fileprivate init(_ x: Float, _ y: Float, isOnCurve: Bool = true) {
        self.init(x: Double(x), y: Double(y), isOnCurve: isOnCurve)
    }
}
