/// A font file with what a PDF needs of it (ISO 32000-1, 9.9): outlines, widths, and a code for each glyph.
enum TrueTypeFile {
    /// Glyph 0 is empty; `glyphs` follow it, with codes from `firstCode` on.
    static func bytes(_ glyphs: [Glyph], firstCode: Int, ascender: Int, descender: Int) -> [UInt8] {
        let all = [Glyph(advance: 0, gridAdvance: 0, outline: GlyphOutline([], unitsPerEm: 1))] + glyphs
        var (glyf, loca, hmtx): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
        // Of at most a few hundred glyphs; short offsets reach to 128 KB.
        let isLong = all.reduce(0) { $0 + $1.outline.entry.count } > 0x1FFFE
        for glyph in all {
            if isLong { loca.appendInteger32(glyf.count) } else { loca.appendInteger16(glyf.count / 2) }
            glyf += glyph.outline.entry
            hmtx.appendInteger16(glyph.gridAdvance)
            hmtx.appendInteger16(glyph.outline.bounds.left)
        }
        if isLong { loca.appendInteger32(glyf.count) } else { loca.appendInteger16(glyf.count / 2) }
        let bounds = GlyphOutline.Bounds(around: all.map(\.outline.bounds))
        return file([
            ("cmap", codes(firstCode, count: glyphs.count)), ("glyf", glyf),
            ("head", head(bounds, hasLongOffsets: isLong)),
            ("hhea", metrics(all, bounds, ascender: ascender, descender: descender)), ("hmtx", hmtx),
            ("loca", loca), ("maxp", limits(all)),
        ])
    }

    /// Consecutive codes for consecutive glyphs, as a symbolic font has them: with 0xF0 before each.
    private static func codes(_ first: Int, count: Int) -> [UInt8] {
        let segments = [(last: 0xF000 + first + count - 1, first: 0xF000 + first), (last: 0xFFFF, first: 0xFFFF)]
        let header = [0, 1, 3, 0, 0, 12, 4, 32, 0, 2 * segments.count, 4, 1, 0]
        let deltas = [1 - segments[0].first, 1]
        let ranges = [0, 0]
        var table: [UInt8] = []
        for number in header + segments.map(\.last) + [0] + segments.map(\.first) + deltas + ranges {
            table.appendInteger16(number)
        }
        return table
    }

    private static func head(_ bounds: GlyphOutline.Bounds, hasLongOffsets: Bool) -> [UInt8] {
        var table: [UInt8] = []
        for number in [0x10000, 0x10000, 0, 0x5F0F_3CF5] { table.appendInteger32(number) }
        // Baseline and left bearings at zero; the dates are left out.
        for number in [3, GlyphOutline.unitsPerEm, 0, 0, 0, 0, 0, 0, 0, 0] { table.appendInteger16(number) }
        for number in [bounds.left, bounds.bottom, bounds.right, bounds.top, 0, 8, 2, hasLongOffsets ? 1 : 0, 0] {
            table.appendInteger16(number)
        }
        return table
    }

    private static func metrics(
        _ glyphs: [Glyph], _ bounds: GlyphOutline.Bounds, ascender: Int, descender: Int
    ) -> [UInt8] {
        let onGrid = [ascender, descender].map { $0 * GlyphOutline.unitsPerEm / 1000 }
        let widest = glyphs.map(\.gridAdvance).max() ?? 0
        var table: [UInt8] = []
        let bearings = [bounds.left, 0, bounds.right]
        for number in [1, 0] + onGrid + [0, widest] + bearings + [1, 0, 0, 0, 0, 0, 0, 0, glyphs.count] {
            table.appendInteger16(number)
        }
        return table
    }

    private static func limits(_ glyphs: [Glyph]) -> [UInt8] {
        var table: [UInt8] = []
        table.appendInteger32(0x10000)
        let points = glyphs.map(\.outline.pointCount).max() ?? 0
        let contours = glyphs.map(\.outline.contourCount).max() ?? 0
        // Nothing put together of other glyphs, no instructions.
        let none = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
        for number in [glyphs.count, points, contours] + none { table.appendInteger16(number) }
        return table
    }

    /// A font file of these tables, sorted by tag (OpenType 1.9, "Organization of an OpenType Font").
    private static func file(_ tables: [(tag: String, bytes: [UInt8])]) -> [UInt8] {
        var power = 1
        while power * 2 <= tables.count { power *= 2 }
        var file: [UInt8] = [0, 1, 0, 0]
        for number in [tables.count, power * 16, power.trailingZeroBitCount, (tables.count - power) * 16] {
            file.appendInteger16(number)
        }
        var bodies: [UInt8] = []
        let start = file.count + tables.count * 16
        for (tag, bytes) in tables {
            file += tag.utf8
            file.appendInteger32(bytes.sum32)
            file.appendInteger32(start + bodies.count)
            file.appendInteger32(bytes.count)
            bodies += bytes
            bodies += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        }
        return file + bodies
    }
}

extension GlyphOutline.Bounds {
    init(around boxes: [Self]) {
        self.init()
        for box in boxes {
            (left, right) = (min(left, box.left), max(right, box.right))
            (bottom, top) = (min(bottom, box.bottom), max(top, box.top))
        }
    }
}
