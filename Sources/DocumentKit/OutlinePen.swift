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

    private func appendCubic(_ first: GlyphOutline.Point, _ second: GlyphOutline.Point, _ end: GlyphOutline.Point) {
        guard let start = contours.last?.last else { return }
        for point in Self.quadratic(start, first, second, end) { append(point) }
    }

    /// A cubic spline, of a font with PostScript outlines, as quadratic ones after `start`.
    static func quadratic(
        _ start: GlyphOutline.Point, _ first: GlyphOutline.Point, _ second: GlyphOutline.Point,
        _ end: GlyphOutline.Point
    ) -> [GlyphOutline.Point] {
        func place(_ time: Double, _ axis: KeyPath<GlyphOutline.Point, Double>) -> Double {
            let rest = 1 - time
            return rest * rest * (rest * start[keyPath: axis] + 3 * time * first[keyPath: axis])
                + time * time * (3 * rest * second[keyPath: axis] + time * end[keyPath: axis])
        }
        // In quarters the error is a sixty-fourth of what one quadratic spline would make: far below the grid.
        return (0..<4).flatMap { part in
            let times = (from: Double(part) / 4, middle: (Double(part) + 0.5) / 4, to: Double(part + 1) / 4)
            /// Such that the curve meets the spline in the middle.
            func control(_ axis: KeyPath<GlyphOutline.Point, Double>) -> Double {
                2 * place(times.middle, axis) - (place(times.from, axis) + place(times.to, axis)) / 2
            }
            return [
                GlyphOutline.Point(x: control(\.x), y: control(\.y), isOnCurve: false),
                GlyphOutline.Point(x: place(times.to, \.x), y: place(times.to, \.y)),
            ]
        }
    }
}

extension GlyphOutline.Point {
    fileprivate init(_ x: Float, _ y: Float, isOnCurve: Bool = true) {
        self.init(x: Double(x), y: Double(y), isOnCurve: isOnCurve)
    }
}
