internal import CPangoCairo

/// A face of a font: its glyphs, at any size.
///
/// Belongs to the thread that set the text.
final class Face {
    /// What tells a face from all others, in any thread.
    struct Identity: Hashable, Sendable {
        /// The PostScript name, of letters, digits and hyphens.
        var name: String
        /// Of a file with several faces.
        var index: UInt32
        /// The `head` table: with its dates and the checksum of the whole file.
        var head: [UInt8]
        /// Where a variable font stands on its axes.
        var variation: [Int32]
    }

    let identity: Identity
    private let drawing: DrawingFunctions
    /// Scaled to the font's own units.
    private let font: OpaquePointer
    let unitsPerEm: Double

    init(_ pangoFont: UnsafeMutablePointer<PangoFont>, _ drawing: DrawingFunctions) throws(DocumentError) {
        guard let original = drawing.pango_font_get_hb_font(pangoFont),
            let face = drawing.hb_font_get_face(original), let font = drawing.hb_font_create(face)
        else { throw .drawingFailed("a font cannot be read") }
        self.drawing = drawing
        self.font = font
        let units = drawing.hb_face_get_upem(face)
        unitsPerEm = Double(units)
        drawing.hb_font_set_scale(font, Int32(clamping: units), Int32(clamping: units))
        var count: UInt32 = 0
        let coordinates = drawing.hb_font_get_var_coords_normalized(original, &count)
        if count > 0 { drawing.hb_font_set_var_coords_normalized(font, coordinates, count) }
        identity = Identity(
            name: Self.name(of: face, drawing), index: drawing.hb_face_get_index(face),
            head: Self.head(of: face, drawing),
            variation: Array(UnsafeBufferPointer(start: coordinates, count: Int(count))))
    }

    deinit { drawing.hb_font_destroy(font) }

    private static func name(of face: OpaquePointer, _ drawing: DrawingFunctions) -> String {
        // As long as PostScript allows, and a NUL.
        var name = [CChar](repeating: 0, count: 64)
        var size = UInt32(name.count)
        let postScriptName: hb_ot_name_id_t = 6
        _ = drawing.hb_ot_name_get_utf8(face, postScriptName, nil, &size, &name)
        let letters = name.prefix(Int(size)).map { UInt8(bitPattern: $0) }.filter { byte in
            let character = Character(Unicode.Scalar(byte))
            return character.isASCII && (character.isLetter || character.isNumber || character == "-")
        }
        return letters.isEmpty ? "Font" : String(decoding: letters, as: UTF8.self)
    }

    private static func head(of face: OpaquePointer, _ drawing: DrawingFunctions) -> [UInt8] {
        let tag: hb_tag_t = 0x6865_6164
        let blob = drawing.hb_face_reference_table(face, tag)
        defer { drawing.hb_blob_destroy(blob) }
        var count: UInt32 = 0
        let data = drawing.hb_blob_get_data(blob, &count)
        return UnsafeBufferPointer(start: data, count: Int(count)).map { UInt8(bitPattern: $0) }
    }

    /// The glyph, ready to be embedded.
    func glyph(_ number: UInt32, _ pen: OutlinePen) -> Glyph {
        let advance = Double(drawing.hb_font_get_glyph_h_advance(font, number)) / unitsPerEm
        return Glyph(
            advance: Int((advance * 1000).rounded()),
            gridAdvance: Int((advance * Double(GlyphOutline.unitsPerEm)).rounded()),
            outline: GlyphOutline(contours(of: number, pen), unitsPerEm: unitsPerEm))
    }

    /// In the font's own units.
    func contours(of number: UInt32, _ pen: OutlinePen) -> [[GlyphOutline.Point]] {
        pen.contours(of: number, in: font)
    }

    /// Heights above the baseline.
    enum Metric {
        case ascender, descender, capitals
    }

    /// In thousandths of an em.
    func height(_ metric: Metric) -> Int {
        let tag =
            switch metric {
            case .ascender: HB_OT_METRICS_TAG_HORIZONTAL_ASCENDER
            case .descender: HB_OT_METRICS_TAG_HORIZONTAL_DESCENDER
            case .capitals: HB_OT_METRICS_TAG_CAP_HEIGHT
            }
        var position: Int32 = 0
        drawing.hb_ot_metrics_get_position_with_fallback(font, tag, &position)
        return Int((Double(position) / unitsPerEm * 1000).rounded())
    }

    /// Counter-clockwise degrees from upright, below zero where the letters lean to the right.
    var italicAngle: Int { Int(drawing.hb_style_get_value(font, HB_STYLE_TAG_SLANT_ANGLE).rounded()) }
}

/// A glyph as an embedded font has it.
struct Glyph: Sendable {
    /// Thousandths of an em.
    var advance: Int
    /// On the grid of the outline.
    var gridAdvance: Int
    var outline: GlyphOutline
}
