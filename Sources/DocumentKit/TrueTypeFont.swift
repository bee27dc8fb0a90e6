/// A TrueType font as cairo embeds it, to be written smaller.
///
/// Fonts are drawn on a fine grid, usually 2,048 units an em, with instructions for low resolutions. A page for print
/// and screens shows no difference at ``unitsPerEm``, where most steps along an outline fit into one byte.
struct TrueTypeFont {
    /// At 16 points a unit is 0.03 points, a hundredth of a millimetre.
    static let unitsPerEm = 256

    private var tables: [(tag: String, bytes: [UInt8])] = []
    private let scale: (numerator: Int, denominator: Int)

    /// Nil for what is no font with outlines, is damaged, or is coarse already.
    init?(_ file: [UInt8]) {
        let reader = BigEndianReader(file)
        guard reader.integer32(at: 0) == 0x10000, let count = reader.integer16(at: 4) else { return nil }
        for index in 0..<count {
            let entry = 12 + index * 16
            guard let offset = reader.integer32(at: entry + 8), let length = reader.integer32(at: entry + 12),
                let bytes = reader.bytes(at: offset, count: length), let tag = reader.bytes(at: entry, count: 4)
            else { return nil }
            tables.append((String(decoding: tag, as: UTF8.self), bytes))
        }
        guard let head = tables.first(where: { $0.tag == "head" })?.bytes,
            let units = BigEndianReader(head).integer16(at: 18), units > Self.unitsPerEm
        else { return nil }
        scale = (Self.unitsPerEm, units)
    }

    /// The whole font anew, on the coarser grid and without instructions; nil where its tables contradict each other.
    func compacted() -> [UInt8]? {
        guard var head = table("head"), var hhea = table("hhea"), let hmtx = table("hmtx"), var maxp = table("maxp"),
            head.count >= 54, hhea.count >= 36, maxp.count >= 32,
            let outlines = compactedOutlines(head, maxp), let metrics = scaledMetrics(hmtx)
        else { return nil }
        head.setInteger16(Self.unitsPerEm, at: 18)
        for position in stride(from: 36, to: 44, by: 2) { scaleInteger(&head, at: position) }
        head.setInteger16(outlines.hasLongOffsets ? 1 : 0, at: 50)
        for position in [4, 6, 8, 10, 12, 14, 16] { scaleInteger(&hhea, at: position) }
        maxp.setInteger16(0, at: 26)
        let new = [
            "head": head, "hhea": hhea, "hmtx": metrics, "maxp": maxp, "glyf": outlines.glyphs,
            "loca": outlines.loca,
        ]
        let instructions: Set = ["cvt ", "fpgm", "prep"]
        return Self.file(tables.filter { !instructions.contains($0.tag) }.map { ($0.tag, new[$0.tag] ?? $0.bytes) })
    }

    private func table(_ tag: String) -> [UInt8]? { tables.first { $0.tag == tag }?.bytes }

    /// Half up, as rasterisers do it.
    func scaled(_ value: Int) -> Int {
        let doubled = 2 * value * scale.numerator + scale.denominator
        let divisor = 2 * scale.denominator
        return doubled >= 0 ? doubled / divisor : -((-doubled + divisor - 1) / divisor)
    }

    private func scaleInteger(_ table: inout [UInt8], at position: Int) {
        guard let value = BigEndianReader(table).signed16(at: position) else { return }
        table.setInteger16(scaled(value), at: position)
    }

    /// Advances and bearings, all of 16 bits.
    private func scaledMetrics(_ hmtx: [UInt8]) -> [UInt8]? {
        var metrics = hmtx
        for position in stride(from: 0, to: hmtx.count - 1, by: 2) { scaleInteger(&metrics, at: position) }
        return metrics
    }

    /// The `glyf` table anew, and where each glyph of it begins.
    private struct Outlines {
        var glyphs: [UInt8] = []
        var offsets: [Int] = []

        var hasLongOffsets: Bool { glyphs.count > 0x1FFFE }

        var loca: [UInt8] {
            var table: [UInt8] = []
            for offset in offsets {
                if hasLongOffsets { table.appendInteger32(offset) } else { table.appendInteger16(offset / 2) }
            }
            return table
        }
    }

    private func compactedOutlines(_ head: [UInt8], _ maxp: [UInt8]) -> Outlines? {
        guard let glyf = table("glyf"), let loca = table("loca"),
            let count = BigEndianReader(maxp).integer16(at: 4), let format = BigEndianReader(head).integer16(at: 50)
        else { return nil }
        let places = BigEndianReader(loca)
        var outlines = Outlines()
        for glyph in 0..<count {
            let range = [glyph, glyph + 1].map {
                format == 0 ? places.integer16(at: $0 * 2).map { $0 * 2 } : places.integer32(at: $0 * 4)
            }
            guard let start = range[0], let end = range[1], start <= end, end <= glyf.count else { return nil }
            outlines.offsets.append(outlines.glyphs.count)
            guard start < end else { continue }
            guard let outline = GlyphOutline(Array(glyf[start..<end]), scaled: scaled) else { return nil }
            outlines.glyphs += outline.bytes
            if outlines.glyphs.count % 2 == 1 { outlines.glyphs.append(0) }
        }
        outlines.offsets.append(outlines.glyphs.count)
        return outlines
    }

    /// A font file of these tables (OpenType 1.9, "Organization of an OpenType Font").
    private static func file(_ tables: [(tag: String, bytes: [UInt8])]) -> [UInt8] {
        var power = 1
        while power * 2 <= tables.count { power *= 2 }
        var file: [UInt8] = [0, 1, 0, 0]
        file.appendInteger16(tables.count)
        file.appendInteger16(power * 16)
        file.appendInteger16(power.trailingZeroBitCount)
        file.appendInteger16((tables.count - power) * 16)
        var bodies: [UInt8] = []
        let start = file.count + tables.count * 16
        for (tag, bytes) in tables {
            let padded = bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
            file += tag.utf8
            file.appendInteger32(BigEndianReader(padded).sum32)
            file.appendInteger32(start + bodies.count)
            file.appendInteger32(bytes.count)
            bodies += padded
        }
        return file + bodies
    }
}
